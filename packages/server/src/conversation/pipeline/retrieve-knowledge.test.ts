import { encodeId } from '@hyponema/contract'
import { describe, expect, test, vi } from 'vitest'
import type { FoundChunk } from '../../features/knowledge/public.ts'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { runTurn } from './run-turn.ts'
import type { SessionContext } from './session-context.ts'
import { TurnRecord } from './turn-record.ts'

type Search = NonNullable<SessionContext['searchKnowledge']>
type Document = NonNullable<Parameters<typeof makeContext>[0]['document']>

const source = newId()
const chunk = (text: string, headingPath: readonly string[] = []): FoundChunk => ({
  chunkId: newId(),
  knowledgeId: source,
  position: 7,
  score: 1.5,
  headingPath,
  page: 3,
  text,
})

const withSource = { knowledge: { sources: [encodeId('knowledge', source)] } }

function ask(searchKnowledge: Search | undefined, text = 'When are you open?', document: Document = withSource) {
  const model = handModel()
  const context = makeContext({ model, document, ...(searchKnowledge === undefined ? {} : { searchKnowledge }) })
  const record = new TurnRecord({
    id: newId(),
    subject: { userTurnId: newId(), userText: text },
    startedAtMs: context.clock.nowMs(),
  })
  const controller = new AbortController()
  const done = runTurn({
    context,
    record,
    emit: async () => {
      record.reached(record.said.length)
      return true
    },
    heardAll: async () => true,
    signal: controller.signal,
  })
  model.say('At nine.')
  model.finish()
  const span = () =>
    record.trace.take({ role: 'agent', spoken_characters: 0 }, 'ok').spans.find(({ kind }) => kind === 'retrieval')
  const documents = () =>
    (model.requests[0]?.prompt ?? []).flatMap(({ segment }) =>
      segment.source.startsWith('document:') ? [segment] : [],
    )
  return { context, record, controller, done, span, documents, model }
}

describe('the documents of a turn', () => {
  test('stand in its prompt as data of a document, best first, under their headings, before history', async () => {
    const [first, second] = [chunk('From nine.', ['Practice', 'Opening  hours']), chunk('On Saturday too.')]
    const turn = ask(async () => [first, second])
    await turn.done
    expect(turn.documents()).toMatchObject([
      {
        text: '# Practice > Opening hours\nFrom nine.',
        source: `document:${encodeId('chunk', first.chunkId)}`,
        trust: 'document',
      },
      { text: 'On Saturday too.', trust: 'document' },
    ])
    expect(turn.model.requests[0]?.prompt.map(({ kind }) => kind)).toEqual([
      'instruction',
      'data',
      'data',
      'user_message',
    ])
    expect(turn.span()).toMatchObject({
      status: 'ok',
      detail: {
        outcome: 'found',
        sources: 1,
        chunks: [
          {
            chunk_id: encodeId('chunk', first.chunkId),
            knowledge_id: encodeId('knowledge', source),
            position: 7,
            page: 3,
            used: true,
          },
          { used: true },
        ],
      },
    })
  })

  test('belong to this turn alone, and not to history', async () => {
    const turn = ask(async () => [chunk('From nine.')])
    await turn.done
    expect(turn.context.history.map(({ segment }) => segment.text)).toEqual(['When are you open?', 'At nine.'])
  })

  test('are asked for with the words of the person, and for nobody who has none', async () => {
    const search = vi.fn<Search>(async () => [])
    await ask(search, 'Is it *free*?').done
    expect(search).toHaveBeenCalledWith('Is it *free*?', expect.any(AbortSignal))
    const without = ask(undefined)
    await without.done
    expect(without.span()).toBeUndefined()
  })

  test('what nothing is found for says so', async () => {
    const turn = ask(async () => [])
    await turn.done
    expect(turn.span()).toMatchObject({ status: 'ok', detail: { outcome: 'nothing', chunks: [] } })
  })

  test('a message without a word is no question', async () => {
    const search = vi.fn<Search>(async () => [])
    const turn = ask(search, '…?! 👍')
    await turn.done
    expect(search).not.toHaveBeenCalled()
    expect(turn.span()).toMatchObject({ detail: { outcome: 'no_question' } })
  })

  test('a search that takes longer than its budget is ended, and the turn goes on without', async () => {
    vi.useFakeTimers()
    try {
      let reason: unknown
      const turn = ask(
        (_question, signal) =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              reason = signal.reason
            })
          }),
      )
      await vi.advanceTimersByTimeAsync(149)
      expect(turn.model.requests).toHaveLength(0)
      await vi.advanceTimersByTimeAsync(1)
      expect(await turn.done).toBeUndefined()
      expect(reason).toMatchObject({ message: expect.stringContaining('150 ms') })
      expect(turn.record).toMatchObject({ status: 'complete', said: 'At nine.' })
      expect(turn.span()).toMatchObject({ status: 'failed', detail: { outcome: 'timed_out', sources: 1, chunks: [] } })
    } finally {
      vi.useRealTimers()
    }
  })

  test('a database that fails leaves the turn whole', async () => {
    const turn = ask(() => Promise.reject(new Error('no connection')))
    expect(await turn.done).toBeUndefined()
    expect(turn.record.said).toBe('At nine.')
    expect(turn.span()).toMatchObject({ status: 'failed', detail: { outcome: 'failed' } })
  })

  test('a turn that ends meanwhile asks no model, though the search does not listen', async () => {
    const turn = ask(() => new Promise(() => undefined))
    turn.controller.abort()
    await turn.done
    expect(turn.model.requests).toHaveLength(0)
    expect(turn.record.status).toBe('cut')
  })

  test('a passage that a rule withholds never reaches the model, and the decision keeps its words', async () => {
    const [withheld, kept] = [chunk('Take the forbidden dose.', ['Doses']), chunk('Ring the bell.')]
    const turn = ask(async () => [withheld, kept])
    const { gate } = turn.context
    const decide = gate.decideRetrieval.bind(gate)
    vi.spyOn(gate, 'decideRetrieval').mockImplementation((text) => {
      const timed = decide(text)
      return text.includes('forbidden') ? { ...timed, decision: { ...timed.decision, action: 'deny' } } : timed
    })
    await turn.done
    expect(turn.documents().map(({ text }) => text)).toEqual(['Ring the bell.'])
    expect(turn.record.decisions).toMatchObject([
      { blockedText: '# Doses\nTake the forbidden dose.', decision: { stage: 'retrieval', action: 'deny' } },
    ])
    expect(turn.span()).toMatchObject({ detail: { outcome: 'found', chunks: [{ used: false }, { used: true }] } })
  })
})
