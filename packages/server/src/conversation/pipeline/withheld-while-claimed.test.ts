import { expect, test } from 'vitest'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { runTurn } from './run-turn.ts'
import { TurnRecord } from './turn-record.ts'

test.each([
  ['alone', 'Shall I take four hundred pills?'],
  ['beside a wish for a person', 'Get me a human, shall I take four hundred pills?'],
])(
  'what an input rule stops, %s, is not in the prompt of a model that has the talk back from a person',
  async (_how, said) => {
    const model = handModel()
    const wish = { name: 'person', triggers: { explicit_wish: true } }
    const zone = {
      name: 'dose',
      phrases: ['four hundred pills'],
      stages: ['input' as const],
      action: 'block' as const,
      line: 'No.',
    }
    const context = makeContext({ model, document: { policy: { no_go_zones: [zone], escalation_rules: [wish] } } })
    const turn = async (text: string): Promise<void> => {
      const subject = { userTurnId: newId(), userText: text }
      const record = new TurnRecord({ id: newId(), subject, startedAtMs: context.clock.nowMs() })
      const emit = async (): Promise<boolean> => {
        record.reached(record.said.length)
        return true
      }
      await runTurn({ context, record, emit, heardAll: async () => true, signal: new AbortController().signal })
    }
    const escalation = { id: newId(), ruleId: null, reason: 'agent', resolvedAt: null, outcome: null, fallback: null }
    context.handOver.called({ ...escalation, state: 'claimed' })
    await turn(said)
    context.handOver.update({
      escalations: [{ ...escalation, state: 'resolved', outcome: 'handled' }],
      messages: [],
    })
    const next = turn('And what about the weather?')
    model.say('Fine.')
    model.finish()
    await next
    const prompt = JSON.stringify(model.requests.map((request) => request.prompt))
    expect(prompt).toContain('weather')
    expect(prompt).not.toContain('four hundred pills')
  },
)
