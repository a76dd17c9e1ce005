import { agentDocumentSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { compileAgentPolicy } from '../../features/agents/public.ts'
import { HandOver } from '../hand-over/hand-over.ts'
import { PolicyGate } from '../policy-gate.ts'
import { newId } from '../test-harness/make-context.ts'
import { EscalationWatch } from './escalation-watch.ts'

function open() {
  const clock = { nowMs: () => Date.UTC(2026, 11, 1, 12) }
  const handOver = new HandOver()
  return new EscalationWatch({ agentId: newId(), handOver, rules: () => [], language: () => 'en', clock, newId })
}

describe('a crisis', () => {
  const document = agentDocumentSchema.parse({
    persona: { prompt: 'p' },
    model: { kind: 'scripted', script: { rules: [] } },
    policy: {
      escalation_rules: [
        { name: 'danger', triggers: { crisis: true }, priority: 9, queue: 'own' },
        { name: 'alone', triggers: { phrases: ['nobody here'] }, priority: 9, queue: 'talk' },
      ],
    },
  })
  const openTalk = () => {
    const handOver = new HandOver()
    const policy = compileAgentPolicy(document, 7)
    const clock = { nowMs: () => Date.UTC(2026, 11, 1, 12) }
    const rules = () => policy.sections.escalation
    const watch = new EscalationWatch({ agentId: newId(), handOver, rules, language: () => 'en', clock, newId })
    const gate = new PolicyGate(policy, { facts: (stage) => watch.facts(stage) })
    const hear = (text: string) => {
      watch.userSaid({ turnId: newId(), text, how: 'typed', atMs: clock.nowMs() })
      const { decision } = gate.decideEscalation(gate.decideInput(text).decision)
      watch.decided({ id: newId(), decision, engineUs: 0, blockedText: null, charactersHeard: 0 })
      watch.written()
      return handOver.known.map(({ ruleId, reason }) => [ruleId, reason])
    }
    return hear
  }

  test('that a rule of the policy hears calls once while its call is open, and not again by the built-in rule', () => {
    const hear = openTalk()
    expect(hear('I want to kill myself')).toEqual([['agent/escalation.danger', 'crisis']])
    expect(hear('I want to kill myself')).toHaveLength(1)
  })

  test('is not covered by something else that was said with it, or before', () => {
    expect(openTalk()('nobody here, and I want to kill myself')).toEqual([['agent/escalation.danger', 'crisis']])
    const hear = openTalk()
    hear('nobody here')
    expect(hear('I want to kill myself')).toEqual([
      ['agent/escalation.alone', 'phrase'],
      ['builtin/crisis', 'crisis'],
    ])
    expect(hear('I want to kill myself')).toHaveLength(2)
  })
})

describe('what is counted for a rule of escalation', () => {
  test('is each question about a call that got no yes, until there is one', () => {
    const watch = open()
    const counted = () => watch.facts('escalation').escalation?.failedConfirmations
    expect(counted()).toBe(0)
    watch.confirmationAnswered(false)
    watch.confirmationAnswered(false)
    expect(counted()).toBe(2)
    watch.confirmationAnswered(true)
    expect(counted()).toBe(0)
    watch.confirmationAnswered(false)
    expect(counted()).toBe(1)
  })

  test('is each call of a tool that failed, until one works', () => {
    const watch = open()
    const counted = () => watch.facts('escalation').escalation?.failedTools
    watch.toolCalled({ isOk: false })
    watch.toolCalled({ isOk: false })
    expect(counted()).toBe(2)
    watch.toolCalled({ isOk: true })
    expect(counted()).toBe(0)
  })
})
