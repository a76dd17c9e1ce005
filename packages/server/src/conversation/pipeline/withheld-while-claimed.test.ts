import { expect, test } from 'vitest'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { runTurn } from './run-turn.ts'
import { TurnRecord } from './turn-record.ts'

test('what an input rule stops is not in the prompt of a model that has the talk back from a person', async () => {
  const model = handModel()
  const zone = {
    name: 'dose',
    phrases: ['four hundred pills'],
    stages: ['input' as const],
    action: 'block' as const,
    line: 'No.',
  }
  const context = makeContext({ model, document: { policy: { no_go_zones: [zone] } } })
  const turn = async (text: string): Promise<void> => {
    const subject = { userTurnId: newId(), userText: text }
    const record = new TurnRecord({ id: newId(), subject, startedAtMs: context.clock.nowMs() })
    const emit = async (): Promise<boolean> => {
      record.reached(record.said.length)
      return true
    }
    await runTurn({ context, record, emit, heardAll: async () => true, signal: new AbortController().signal })
  }
  const escalation = { id: newId(), ruleId: null, resolvedAt: null, outcome: null, fallback: null }
  context.handOver.called({ ...escalation, state: 'claimed' })
  await turn('Shall I take four hundred pills?')
  context.handOver.update({ escalations: [], messages: [] })
  const next = turn('And what about the weather?')
  model.say('Fine.')
  model.finish()
  await next
  const prompt = JSON.stringify(model.requests.map((request) => request.prompt))
  expect(prompt).toContain('weather')
  expect(prompt).not.toContain('four hundred pills')
})
