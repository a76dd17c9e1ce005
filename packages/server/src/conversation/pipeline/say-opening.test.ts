import type { SessionEvent } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { firstMessage } from './first-message.ts'
import { runTurn } from './run-turn.ts'
import { TurnRecord, type TurnSubject } from './turn-record.ts'

const disclosure = { line: 'I am an AI.', opening: 'You talk to the AI assistant of the clinic.' }

function begin({ greeting, policy = { disclosure } }: { greeting?: string; policy?: object } = {}) {
  const model = handModel()
  const persona = { prompt: 'p', ...(greeting === undefined ? {} : { first_message: greeting }) }
  const context = makeContext({ model, document: { persona, policy } })
  const turn = (subject: TurnSubject, heardShare = 1) => {
    const record = new TurnRecord({ id: newId(), subject, startedAtMs: context.clock.nowMs() })
    const tokens: string[] = []
    const emit = async (event: SessionEvent): Promise<boolean> => {
      if (event.event === 'token') tokens.push(event.data.text)
      record.reached(Math.floor(record.said.length * heardShare))
      return true
    }
    const heardAll = async (): Promise<boolean> => heardShare === 1
    return { record, tokens, done: runTurn({ context, record, emit, heardAll, signal: new AbortController().signal }) }
  }
  return { model, context, turn }
}

const message = (): TurnSubject => ({ userTurnId: newId(), userText: 'hello' })

describe('what a session opens with', () => {
  test('is said before the first message, and is recorded', async () => {
    const { context, turn } = begin({ greeting: 'Hello, how are you?' })
    const { record, done } = turn({ line: firstMessage(context) })
    await done
    expect(record.heard).toBe('You talk to the AI assistant of the clinic. Hello, how are you?')
    expect(context.history.map(({ segment }) => segment.text)).toEqual([record.heard])
  })

  test('is said by itself where the agent has no first message', async () => {
    const { context, turn } = begin()
    expect(context.firstMessage).toBe('')
    const { record, done } = turn({ line: firstMessage(context) })
    await done
    expect(record.heard).toBe(disclosure.opening)
  })

  test('is said before the answer where the person speaks first, before the model is asked, and once', async () => {
    const { model, turn } = begin()
    const first = turn(message())
    await expect.poll(() => first.tokens).toEqual([disclosure.opening])
    model.say('Good day.')
    model.finish()
    await first.done
    expect(first.record.heard).toBe(`${disclosure.opening} Good day.`)
    const second = turn(message())
    model.say('Yes.')
    model.finish()
    await second.done
    expect(second.record.heard).toBe('Yes.')
  })

  test('is said before a message that a rule stops is answered', async () => {
    const zone = { name: 'z', phrases: ['hello'], stages: ['input'], action: 'block', line: 'Not that.' }
    const { turn } = begin({ policy: { disclosure, no_go_zones: [zone] } })
    const { record, done } = turn(message())
    await done
    expect(record.heard).toBe(`${disclosure.opening} Not that.`)
  })

  test('is said again when it was interrupted', async () => {
    const { context, turn } = begin()
    const first = turn({ line: firstMessage(context) }, 0.5)
    await first.done
    expect(first.record.heard).not.toContain('clinic')
    const second = turn({ line: firstMessage(context) })
    await second.done
    expect(second.record.heard).toBe(disclosure.opening)
  })

  test('is over where a rule of today says something in its place, and is not begun again with every turn', async () => {
    const opening = 'You talk to the AI of the forbidden clinic.'
    const zone = { name: 'z', phrases: ['forbidden'], action: 'redirect', line: 'other' }
    const { context, turn } = begin({ policy: { disclosure: { line: 'I am an AI.' }, no_go_zones: [zone] } })
    context.opening.follow([opening])
    const first = turn({ line: firstMessage(context) })
    await first.done
    expect(first.record.heard).toBe('You talk to the AI of the other clinic.')
    expect(context.opening.due).toEqual([])
  })

  test('is nothing where no layer says so', async () => {
    const { context } = begin({ policy: {} })
    expect(context.firstMessage).toBeUndefined()
    expect(context.opening.due).toEqual([])
  })
})
