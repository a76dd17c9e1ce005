/** Runs the cases that a policy document brings along. Publishing refuses when one fails. */
import type { PolicyTest, ZoneAction } from '@hyponema/contract'
import type { PolicyLayer } from './compile-policy.ts'
import type { CompiledPolicy } from './compiled-policy.ts'
import { decide } from './decide.ts'
import type { GateBlock } from './gate-step.ts'
import { createOutputGate } from './output-gate.ts'

export interface PolicyTestFailure {
  readonly layer: string
  /** JSON pointer of the case. */
  readonly pointer: string
  readonly expected: string
  readonly found: string
}

/** The cases that do not come out as they say, of all layers; empty when all do. */
export function runPolicyTests(policy: CompiledPolicy, layers: readonly PolicyLayer[]): readonly PolicyTestFailure[] {
  return layers.flatMap(({ layer, document }) =>
    document.tests.flatMap((test, index) => {
      const found = judge(policy, test)
      const zone = test.expect.zone
      const namesZone = zone === undefined || found.ruleIds.some((ruleId) => ruleId.endsWith(`/${zone}`))
      if (found.action === test.expect.action && namesZone) return []
      const expected = zone === undefined ? test.expect.action : `${test.expect.action} by ${zone}`
      const by = found.ruleIds.length === 0 ? '' : ` by ${found.ruleIds.join(', ')}`
      return [{ layer, pointer: `/tests/${index}`, expected, found: `${found.action}${by}` }]
    }),
  )
}

interface Judged {
  readonly action: ZoneAction | 'allow'
  readonly ruleIds: readonly string[]
}

function judge(policy: CompiledPolicy, test: PolicyTest): Judged {
  if (test.given.stage === 'output') return judgeOutput(policy, test)
  const event =
    test.given.stage === 'input'
      ? { stage: 'input' as const, text: test.say }
      : { stage: 'tool_call' as const, tool: 'test', arguments: test.say }
  const { matches } = decide(policy, event)
  return strongestZone(
    policy,
    matches.map(({ ruleId }) => ruleId),
  )
}

function judgeOutput(policy: CompiledPolicy, test: PolicyTest): Judged {
  const gate = createOutputGate(policy)
  const steps = [...test.given.said_before, test.say].flatMap((text) => [...gate.push(text), ...gate.endUtterance()])
  const blocks = steps.filter((step): step is GateBlock => step.kind === 'block')
  if (blocks.some(({ ruleId }) => ruleId.startsWith('engine/')))
    throw new Error('the gate failed on a case of the policy')
  return strongestZone(
    policy,
    blocks.flatMap(({ decision }) => decision.matches.map(({ ruleId }) => ruleId)),
  )
}

function strongestZone(policy: CompiledPolicy, ruleIds: readonly string[]): Judged {
  const order: readonly (ZoneAction | 'allow')[] = ['allow', 'redirect', 'block', 'escalate', 'end']
  const matched = policy.zones.filter((zone) => ruleIds.includes(zone.ruleId))
  const action = matched.reduce<ZoneAction | 'allow'>(
    (highest, zone) => (order.indexOf(zone.action) > order.indexOf(highest) ? zone.action : highest),
    'allow',
  )
  return { action, ruleIds: [...new Set(ruleIds)] }
}
