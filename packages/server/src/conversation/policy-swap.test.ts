/** A policy that takes the place of another one in a session that is speaking. */
import { agentDocumentSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { compileAgentPolicy } from '../features/agents/public.ts'
import { type GateStep, PolicyGate } from './policy-gate.ts'

const compiled = (zones: readonly object[]) =>
  compileAgentPolicy(
    agentDocumentSchema.parse({
      persona: { prompt: 'p' },
      model: { kind: 'scripted', script: { rules: [] } },
      policy: { no_go_zones: zones },
    }),
    1,
  )
const zone = { name: 'dosage', phrases: ['forbidden dose'], action: 'redirect', line: 'Ask a doctor.' }
const said = (steps: readonly GateStep[]): string =>
  steps.map((step) => (step.kind === 'text' ? step.text : step.lines.join(''))).join('')

describe('a gate whose policy is swapped', () => {
  test('withholds from the next words on, in the middle of an answer', () => {
    const gate = new PolicyGate(compiled([]))
    const before = said(gate.push('A forbidden dose, '))
    gate.swap(compiled([zone]))
    expect(before).toContain('forbidden dose')
    expect(said([...gate.push('the forbidden dose.'), ...gate.endUtterance()])).toContain('Ask a doctor.')
  })

  test.each(['The for', 'The forbidden', 'The forbidden do'])('finds a phrase whose head was "%s"', (head) => {
    const gate = new PolicyGate(compiled([]))
    let heard = said(gate.push(head))
    const left = heard
    gate.swap(compiled([zone]))
    heard += said([...gate.push('The forbidden dose is high.'.slice(head.length)), ...gate.endUtterance()])
    // What had left stays said; what was still held is judged with the rest.
    expect(heard.startsWith(left)).toBe(true)
    expect(heard.slice(left.length)).not.toContain('forbidden dose')
    expect(heard).toContain('Ask a doctor.')
  })

  test.each([
    ['a line', (gate: PolicyGate) => gate.sayLine('One moment, the forbidden').join('')],
    [
      'a reply behind a line',
      (gate: PolicyGate) => gate.sayLine('One moment.').join('') + said(gate.push(' The forbidden')),
    ],
  ])('finds a phrase whose head was said in %s', (_name, begin) => {
    const gate = new PolicyGate(compiled([]))
    expect(begin(gate)).toContain('forbidden')
    gate.swap(compiled([zone]))
    expect(said([...gate.push(' dose is high.'), ...gate.endUtterance()])).not.toContain('dose is')
  })

  test('judges what was held back by the rules of now, and says nothing twice', () => {
    const holding = { ...zone, name: 'hold', phrases: ['never ever'], scope: 'sentence' }
    const gate = new PolicyGate(compiled([holding]))
    const before = said(gate.push('Good day. The forbidden dose'))
    expect(before).toBe('Good day. ')
    gate.swap(compiled([holding, zone]))
    const after = said([...gate.push(' is high.'), ...gate.endUtterance()])
    expect(before + after).toBe('Good day. The Ask a doctor. is high.')
  })

  test('stays stopped where the turn was stopped, until the user speaks', () => {
    const blocking = { ...zone, action: 'block' }
    const gate = new PolicyGate(compiled([blocking]))
    gate.sayWhole('A forbidden dose.')
    gate.swap(compiled([blocking, { ...zone, name: 'more', phrases: ['more'] }]))
    expect(said(gate.sayWhole('Other words.'))).toBe('')
    gate.userTookTurn()
    expect(said(gate.sayWhole('Other words.'))).toBe('Other words.')
  })
})
