import { describe, expect, test } from 'vitest'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { judgePiece } from './judge-piece.ts'
import { maskStoredTurn } from './mask-stored-turn.ts'
import { runTurn } from './run-turn.ts'
import { type RecordedDecision, TurnRecord } from './turn-record.ts'

const card = '4111 1111 1111 1111'
const mail = 'ann@example.com'

function begin(kinds: Record<string, Record<string, 'mask' | 'drop'>>, language = 'en') {
  const model = handModel()
  const document = { policy: { pii: { kinds } }, persona: { prompt: 'You answer.', language } }
  const context = makeContext({ model, document, variables: { number: card } })
  const turn = (text: string) => {
    const record = new TurnRecord({
      id: newId(),
      subject: { userTurnId: newId(), userText: text },
      startedAtMs: context.clock.nowMs(),
    })
    const emit = async (): Promise<boolean> => {
      record.reached(record.said.length)
      return true
    }
    const signal = new AbortController().signal
    return { record, done: runTurn({ context, record, emit, heardAll: async () => true, signal }) }
  }
  return { model, context, turn }
}

describe('towards the model', () => {
  test('a number in the message, in a variable and in history is masked in each prompt', async () => {
    const { model, turn } = begin({ card: { to_model: 'mask' } })
    const first = turn(`My card is ${card}.`)
    model.say(`You said ${card}.`)
    model.finish()
    await first.done
    const second = turn('And now?')
    model.finish()
    await second.done
    for (const { prompt } of model.requests) {
      expect(JSON.stringify(prompt)).toContain('My card is [card].')
      expect(JSON.stringify(prompt)).not.toContain('1111')
    }
    expect(JSON.stringify(model.requests[1]?.prompt)).toContain('You said [card].')
  })

  test('the message is noted in a decision that does not hold the number', async () => {
    const { model, turn } = begin({ card: { to_model: 'mask' } })
    const { record, done } = turn(card)
    model.say('Yes.')
    model.finish()
    await done
    expect(record.decisions.map(({ decision }) => [decision.stage, decision.action])).toEqual([['input', 'annotate']])
    expect(JSON.stringify(record.decisions.map(({ decision }) => decision))).not.toContain('1111')
  })

  test.each([
    ['retrieval', `Write to ${mail} now.`, 'Write to [email] now.'],
    ['tool_result', JSON.stringify({ mail, paid: 12 }), '{"mail":"[email]","paid":12}'],
    ['tool_result', '{"card":4111111111111111}', '{"card":""}'],
  ] as const)('a piece at %s has markers: %s', (stage, text, read) => {
    const { context } = begin({ card: { to_model: 'drop' }, email: { to_model: 'mask', to_transcript: 'mask' } })
    const kept: RecordedDecision[] = []
    const piece = stage === 'retrieval' ? { stage, text } : { stage, text, tool: 'look_up' }
    expect(judgePiece(context, piece, (one) => kept.push(one))).toMatchObject({ text: read, quarantined: 0 })
    expect(kept).toMatchObject([{ decision: { action: 'redact' } }])
    expect(JSON.stringify(kept.map(({ blockedText }) => blockedText))).not.toContain(mail)
  })
})

describe('towards speech', () => {
  test('the words for it are said, in the language of the session, and stand in history', async () => {
    const { model, context, turn } = begin({ card: { to_speech: 'mask' } }, 'es')
    const { record, done } = turn('Hola')
    model.say('Su tarjeta 4111 1111 ')
    model.say('1111 1111 vale.')
    model.finish()
    await done
    expect(record.heard).toBe('Su tarjeta un número de tarjeta que termina en 11 vale.')
    expect(record.decisions.map(({ decision }) => decision.action)).toEqual(['redact'])
    expect(JSON.stringify(context.history)).not.toContain('4111')
  })
})

describe('towards the transcript', () => {
  test('neither side, nor a call, nor a decision is stored with it', async () => {
    const { model, context, turn } = begin({
      card: { to_model: 'mask', to_transcript: 'mask' },
      email: { to_transcript: 'drop' },
    })
    const { record, done } = turn(`My card is ${card}, mail ${mail}.`)
    model.say(`I write to ${mail}.`)
    model.finish()
    await done
    record.openCall('send', `{"to":"${mail}"}`).end('ok', `{"sent":"${mail}"}`)
    const stored = maskStoredTurn(context, record)
    expect(stored).toMatchObject({
      userText: 'My card is [card], mail .',
      heard: 'I write to .',
      toolCalls: [{ arguments: '{"to":""}', result: '{"sent":""}' }],
    })
    expect(JSON.stringify(stored)).not.toMatch(/1111|ann@/)
  })

  test('a call in other JSON, the question about it and a field with a telling name are stored without it, too', async () => {
    const { model, context, turn } = begin({ email: { to_transcript: 'mask' }, secret: { to_transcript: 'mask' } })
    const { record, done } = turn('Hello')
    model.say('Yes.')
    model.finish()
    await done
    record.openCall('send', '{"to":"ann\\u0040example.com"}').end('ok', '{}')
    const args = { to: mail, password: 'hunter2secret9' }
    const { decision, engineUs } = context.gate.decideToolCall('send', JSON.stringify(args))
    const fields = Object.entries(args).map(([name, value]) => ({ field: `/${name}`, value }))
    const question = { kind: 'question', ruleId: 'agent/tool.send', confirmation: 'spoken', fields } as const
    record.keep({
      id: newId(),
      decision: {
        ...decision,
        action: 'confirm',
        obligations: [question],
        matches: [{ ruleId: 'agent/x', view: 'plain', span: { start: 0, end: 1 }, folded: 'x', field: `/${mail}` }],
      },
      engineUs,
      asked: { event: { stage: 'tool_call', tool: 'send', arguments: args }, facts: {} },
      blockedText: null,
      charactersHeard: 0,
    })
    const stored = maskStoredTurn(context, record)
    expect(JSON.stringify(stored)).not.toMatch(/ann|hunter2/)
    expect(stored.toolCalls).toMatchObject([{ arguments: '{"to":"[email]"}' }])
  })

  test('without a rule it is stored as it was said', async () => {
    const { model, context, turn } = begin({ card: { to_speech: 'mask' } })
    const { record, done } = turn(`My card is ${card}.`)
    model.say('Yes.')
    model.finish()
    await done
    expect(maskStoredTurn(context, record).userText).toBe(`My card is ${card}.`)
  })
})
