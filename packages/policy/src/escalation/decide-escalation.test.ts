import { policyDocumentSchema } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../compile/compile-policy.ts'
import { decide } from '../decide/decide.ts'
import { testIdentity } from '../test-harness/compile-zones.ts'
import type { EscalationFacts } from './escalation-facts.ts'

const quiet: EscalationFacts = {
  nowMs: Date.UTC(2026, 5, 1, 10),
  zones: [{ name: 'Europe/Berlin', transitions: [{ fromMs: 0, offsetMinutes: 120 }] }],
  guardHitsTurnsAgo: [],
  negativeTurnsAgo: [],
  failedConfirmations: 0,
  failedTools: 0,
  misunderstandings: 0,
  silenceMs: 0,
  durationMs: 0,
  tokens: 0,
  open: [],
  fired: {},
  closedAgoMs: {},
}

function policyOf(rule: object) {
  const document = policyDocumentSchema.parse({ escalation_rules: [{ name: 'counts', ...rule }] })
  const result = compilePolicy({ layers: [{ layer: 'agent', document }], identity: testIdentity })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}

const ruleId = 'agent/escalation.counts'
const decided = (rule: object, facts: Partial<EscalationFacts>) =>
  decide(policyOf(rule), { stage: 'escalation' }, { escalation: { ...quiet, ...facts } })

describe('a person is called by what was counted', () => {
  it.each([
    ['guard_hits', { guard_hits: { hits: 2, turns: 3 } }, { guardHitsTurnsAgo: [0, 3] }, { guardHitsTurnsAgo: [0, 2] }],
    [
      'negative_wording',
      { negative_wording: { hits: 2, turns: 2 } },
      { negativeTurnsAgo: [0, 2] },
      { negativeTurnsAgo: [0, 1] },
    ],
    ['failed_confirmations', { failed_confirmations: 2 }, { failedConfirmations: 1 }, { failedConfirmations: 2 }],
    ['failed_tools', { failed_tools: 2 }, { failedTools: 1 }, { failedTools: 2 }],
    ['misunderstandings', { misunderstandings: 2 }, { misunderstandings: 1 }, { misunderstandings: 2 }],
    ['silence', { silence_seconds: 30 }, { silenceMs: 29_999 }, { silenceMs: 30_000 }],
    ['duration', { duration_seconds: 60 }, { durationMs: 59_999 }, { durationMs: 60_000 }],
    ['cost', { cost_tokens: 1000 }, { tokens: 999 }, { tokens: 1000 }],
  ])('%s: at the limit and not before', (reason, triggers, below, at) => {
    expect(decided({ triggers }, below).action).toBe('allow')
    expect(decided({ triggers }, at)).toMatchObject({ action: 'escalate', facts: { [`reason:${ruleId}`]: reason } })
  })

  it('and not a second time while one is open', () => {
    const rule = { triggers: { failed_tools: 1 } }
    expect(decided(rule, { failedTools: 5, open: [ruleId] })).toMatchObject({ action: 'allow', facts: {} })
  })

  it('with other words outside the business hours, and the decision says that nobody is there', () => {
    const hours = { time_zone: 'Europe/Berlin', week: [{ days: ['mon'], from: '09:00', to: '13:00' }] }
    const rule = { triggers: { failed_tools: 1 }, hours, say: 'Open.', closed_say: 'Closed.' }
    const at = (hour: number, more = {}) =>
      decided(rule, { failedTools: 1, nowMs: Date.UTC(2026, 5, 1, hour), ...more })
    const says = (text: string, isOpen: boolean) => ({
      action: 'escalate',
      obligations: [{ kind: 'line', text }, { kind: 'queue' }],
      facts: { [`within_hours:${ruleId}`]: isOpen },
    })
    expect(at(10)).toMatchObject(says('Open.', true))
    expect(at(11)).toMatchObject(says('Closed.', false))
    expect(at(6)).toMatchObject(says('Closed.', false))
    // Nobody knows the hour there: somebody is called.
    expect(at(6, { zones: [] })).toMatchObject(says('Open.', true))
  })

  it('by an error, because that is the safe default', () => {
    const broken = decide(
      policyOf({ triggers: { failed_tools: 1 } }),
      { stage: 'escalation' },
      {
        get escalation(): never {
          throw new TypeError('no facts')
        },
      },
    )
    expect(broken).toMatchObject({ action: 'escalate', error: 'TypeError' })
  })
})
