import { describe, expect, it } from 'vitest'
import { decide } from '../decide/decide.ts'
import { compileZones } from '../test-harness/compile-zones.ts'
import { createOutputGate, type OutputGate } from './output-gate.ts'

const policy = compileZones([
  {
    name: 'swearing',
    phrases: ['darn'],
    stages: ['output', 'input', 'tool_call'],
    action: 'redirect',
    line: 'Please.',
    strikes: { hits: 3, turns: 4, action: 'end' },
  },
])

/** What a session does: the facts come from the gate, and the hits go back to it. */
function decideIn(gate: OutputGate, event: Parameters<typeof decide>[1]) {
  const decision = decide(policy, event, { earlierHits: gate.earlierHits() })
  gate.countHits(decision.matches.map(({ ruleId }) => ruleId))
  return decision
}
const say = (gate: OutputGate, text: string) =>
  [...gate.push(text), ...gate.endUtterance()].flatMap((step) => (step.kind === 'block' ? [step.action] : []))

describe('strikes', () => {
  it('count hits of all stages that the zone watches', () => {
    const gate = createOutputGate(policy)
    gate.userTookTurn()
    expect(decideIn(gate, { stage: 'input', text: 'darn it' }).action).toBe('replace')
    expect(decideIn(gate, { stage: 'tool_call', tool: 't', arguments: { note: 'darn' } }).action).toBe('deny')
    expect(say(gate, 'Darn it.')).toEqual(['end'])
  })

  it('of the output count at the input, with the count among the facts', () => {
    const gate = createOutputGate(policy)
    gate.userTookTurn()
    expect(say(gate, 'Darn.')).toEqual(['replace'])
    gate.userTookTurn()
    expect(say(gate, 'Darn.')).toEqual(['replace'])
    gate.userTookTurn()
    expect(decideIn(gate, { stage: 'input', text: 'darn' })).toMatchObject({
      action: 'end',
      facts: { 'hits:agent/swearing': 3 },
    })
  })

  it('are forgotten with the turns of the window', () => {
    const gate = createOutputGate(policy)
    gate.userTookTurn()
    decideIn(gate, { stage: 'input', text: 'darn' })
    decideIn(gate, { stage: 'input', text: 'darn' })
    for (let turn = 0; turn < 4; turn += 1) gate.userTookTurn()
    expect(gate.earlierHits()).toEqual({})
    expect(decideIn(gate, { stage: 'input', text: 'darn' }).action).toBe('replace')
  })

  it('are carried into another gate of the session', () => {
    const gate = createOutputGate(policy)
    gate.userTookTurn()
    decideIn(gate, { stage: 'input', text: 'darn' })
    expect(say(gate, 'Darn.')).toEqual(['replace'])
    const next = createOutputGate(policy, gate.carriedState())
    expect(next.earlierHits()).toEqual({ 'agent/swearing': 2 })
    expect(say(next, 'Darn.')).toEqual(['end'])
  })
})
