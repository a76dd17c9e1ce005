/** Whatever became of a turn, the next one knows what the turn did to the world: what a person was not told would be done again. */
import { describe, expect, test, vi } from 'vitest'
import type { PromptPart } from '../prompt-segment.ts'
import type { ToolRun } from '../tools/define-tool.ts'
import { type HandTool, handTool, type Talk, talkWith } from './test-harness/turn-with-tools.ts'

const within = { timeout: 5000 }
const booked: ToolRun = { kind: 'executed', result: { ok: true, fields: { reference: 'RC-101' } } }
const unknown: ToolRun = { kind: 'executed', result: { ok: false, error: 'Whether it did its work is not known.' } }
const zone = { name: 'dosage', phrases: ['forbidden dose'], action: 'block' as const, line: 'Ask a doctor.' }

function makeTalk(): { readonly talk: Talk; readonly book: HandTool } {
  const book = handTool({ name: 'book', isIdempotent: false })
  return { talk: talkWith({ tools: [book], document: { policy: { no_go_zones: [zone] } } }), book }
}

async function bookOnce({ talk, book }: ReturnType<typeof makeTalk>, run: ToolRun): Promise<void> {
  talk.model.wish('book', '{"at":"9:30"}')
  talk.model.finish()
  await vi.waitFor(() => expect(book.calls).toHaveLength(1), within)
  book.answer(run)
}

function known({ context }: Talk): readonly string[] {
  return context.history.flatMap((part: PromptPart) => (part.kind === 'data' ? [part.segment.text] : []))
}

describe('a later turn knows of a call that changed something', () => {
  test('when a rule stopped the words about it', async () => {
    const made = makeTalk()
    const { done, record } = made.talk.say('book it')
    await bookOnce(made, booked)
    made.talk.model.say('Done, and take a forbidden dose of it.')
    made.talk.model.finish()
    await done
    expect(record.status).toBe('blocked')
    expect(known(made.talk)).toEqual([expect.stringContaining('RC-101')])
  })

  test('when the model had nothing to say about it', async () => {
    const made = makeTalk()
    const { done, record } = made.talk.say('book it')
    made.talk.model.say('One moment.')
    await bookOnce(made, booked)
    made.talk.model.finish()
    await done
    expect(record.status).toBe('complete')
    expect(known(made.talk)).toEqual([expect.stringContaining('RC-101')])
  })

  test('when a line of ours stood in for the words of the model', async () => {
    const made = makeTalk()
    const { done } = made.talk.say('book it')
    await bookOnce(made, unknown)
    made.talk.model.finish()
    await done
    expect(known(made.talk)).toEqual([expect.stringContaining('is not known')])
  })

  test.each(['skip_turn', 'escalate'] as const)('when %s ended the turn behind it', async (name) => {
    const book = handTool({ name: 'book', isIdempotent: false })
    const talk = talkWith({ tools: [book], document: { tools: [name] } })
    const { done } = talk.say('book it')
    talk.model.wish('book', '{"at":"9:30"}')
    talk.model.wish(name, '{}')
    talk.model.finish()
    await vi.waitFor(() => expect(book.calls).toHaveLength(1), within)
    book.answer(booked)
    await done
    expect(known(talk)).toEqual([expect.stringContaining('RC-101')])
  })

  test('and not where the model told of it and was heard', async () => {
    const made = makeTalk()
    const { done } = made.talk.say('book it')
    await bookOnce(made, booked)
    made.talk.model.say('Booked, RC-101.')
    made.talk.model.finish()
    await done
    expect(known(made.talk)).toEqual([])
  })
})

describe('one wish that an answer of the model holds twice', () => {
  test('is carried out once where it changes something', async () => {
    const { talk, book } = makeTalk()
    const { done, record } = talk.say('book it')
    talk.model.wish('book', '{"at":"9:30","for":"Ada"}')
    talk.model.wish('book', '{ "for": "Ada", "at": "9:30" }')
    talk.model.finish()
    await vi.waitFor(() => expect(book.calls).toHaveLength(1), within)
    book.answer(booked)
    talk.model.say('Booked.')
    talk.model.finish()
    await vi.waitFor(() => expect(talk.model.requests.length + book.calls.length).toBeGreaterThan(2), within)
    expect(book.calls).toHaveLength(1)
    await done
    expect(record.toolCalls).toHaveLength(1)
    expect(talk.results()).toHaveLength(1)
    expect(record.takeTrace().spans).toContainEqual(
      expect.objectContaining({ kind: 'tool', detail: expect.objectContaining({ reason: 'repeated' }) }),
    )
  })

  test('with other arguments is another one', async () => {
    const { talk, book } = makeTalk()
    const { done } = talk.say('book both')
    talk.model.wish('book', '{"at":"9:30"}')
    talk.model.wish('book', '{"at":"10:30"}')
    talk.model.finish()
    await vi.waitFor(() => expect(book.calls).toHaveLength(1), within)
    book.answer(booked)
    await vi.waitFor(() => expect(book.calls).toHaveLength(2), within)
    book.answer(booked)
    talk.model.say('Booked.')
    talk.model.finish()
    await done
  })
})
