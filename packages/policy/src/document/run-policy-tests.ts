/**
 * Threat: a policy is put in force that does not do what its author believes.
 * Rule: the cases that a document brings along run at every stage, on the engine itself; publishing refuses when one fails.
 * On failure: the pointer of the case, what it expected and what was found. A case that cannot be run has failed.
 */
import { type Action, actions, type Decision, type PolicyTest, type ZoneAction, zoneActions } from '@hyponema/contract'
import type { PolicyLayer } from '../compile/compile-policy.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { decide, type PolicyEvent } from '../decide/decide.ts'
import type { GateBlock } from '../gate/gate-step.ts'
import { createOutputGate } from '../gate/output-gate.ts'
import { factsOfCase, testFactNames, type ZoneOf } from './test-case-facts.ts'

export interface PolicyTestFailure {
  readonly layer: string
  /** JSON pointer of the case. */
  readonly pointer: string
  readonly expected: string
  readonly found: string
}

/**
 * The cases that do not come out as they say, of all layers; empty when all do. Without `zoneOf` no time zone is known, and cases
 * of hours are decided as for somebody of whom nobody knows where he is.
 */
export function runPolicyTests(
  policy: CompiledPolicy,
  layers: readonly PolicyLayer[],
  zoneOf: ZoneOf = () => null,
): readonly PolicyTestFailure[] {
  return [...eachPolicyTest(policy, layers, zoneOf)].flatMap((failure) => failure ?? [])
}

/** The same, one case at a time, so that whoever has other things to do can do them in between. Undefined: the case passes. */
export function* eachPolicyTest(
  policy: CompiledPolicy,
  layers: readonly PolicyLayer[],
  zoneOf: ZoneOf = () => null,
): Generator<PolicyTestFailure | undefined> {
  for (const { layer, document } of layers) {
    for (const [index, test] of document.tests.entries()) {
      const failure = failureOf(policy, test, zoneOf)
      yield failure && { layer, pointer: `/tests/${index}`, ...failure }
    }
  }
}

interface Judged {
  readonly action: Action
  /** What the strongest zone that matched calls it. */
  readonly zoneAction: ZoneAction | undefined
  readonly ruleIds: readonly string[]
  readonly untilMs: number | undefined
  readonly error: string | undefined
}

function failureOf(
  policy: CompiledPolicy,
  test: PolicyTest,
  zoneOf: ZoneOf,
): Pick<PolicyTestFailure, 'expected' | 'found'> | undefined {
  const expected = describeExpected(test)
  const known: readonly string[] = testFactNames[test.given.stage]
  const unknown = Object.keys(test.given.facts).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const names = known.length === 0 ? 'it takes none' : `known: ${known.join(', ')}`
    return { expected, found: `no fact ${unknown} at the stage ${test.given.stage} (${names})` }
  }
  try {
    const judged = judge(policy, test, zoneOf)
    return passes(test, judged) ? undefined : { expected, found: describeFound(judged) }
  } catch (error) {
    return { expected, found: error instanceof RangeError ? error.message : 'the case could not be run' }
  }
}

function passes({ expect, given }: PolicyTest, judged: Judged): boolean {
  if (judged.error !== undefined) return false
  const names = (wanted: string | undefined): boolean =>
    wanted === undefined || judged.ruleIds.some((id) => id.endsWith(`/${wanted}`) || id.endsWith(`.${wanted}`))
  if (!names(expect.zone) || !names(expect.rule)) return false
  if (expect.until !== undefined && Date.parse(expect.until) !== judged.untilMs) return false
  if (expect.action === judged.action || expect.action === judged.zoneAction) return true
  // What is only noted of a person's words stops nothing.
  return given.stage === 'input' && expect.action === 'allow' && judged.action === 'annotate'
}

function judge(policy: CompiledPolicy, test: PolicyTest, zoneOf: ZoneOf): Judged {
  if (test.given.stage === 'output') return judgeOutput(policy, test)
  return judgedOf(policy, [decide(policy, eventOf(test), factsOfCase(policy, test.given, zoneOf))])
}

function eventOf({ say, given }: PolicyTest): PolicyEvent {
  const { stage, tool = 'test' } = given
  switch (stage) {
    case 'tool_call':
      return { stage, tool, arguments: given.arguments ?? say }
    case 'tool_result':
      return { stage, tool, text: say }
    case 'input':
    case 'output':
    case 'retrieval':
      return { stage, text: say }
    case 'escalation':
    case 'contact':
    case 'tick':
      return { stage }
    default:
      throw new TypeError(`expected one of the stages, found ${JSON.stringify(stage satisfies never)}`)
  }
}

function judgeOutput(policy: CompiledPolicy, test: PolicyTest): Judged {
  const gate = createOutputGate(policy)
  const steps = [...test.given.said_before, test.say].flatMap((text) => [...gate.push(text), ...gate.endUtterance()])
  const blocks = steps.filter((step): step is GateBlock => step.kind === 'block')
  if (blocks.some(({ ruleId }) => ruleId.startsWith('engine/'))) throw new RangeError('the gate failed on this case')
  return judgedOf(
    policy,
    blocks.map(({ decision }) => decision),
  )
}

function judgedOf(policy: CompiledPolicy, decisions: readonly Decision[]): Judged {
  const ruleIds = decisions.flatMap(({ matches, obligations }) => [
    ...matches.map(({ ruleId }) => ruleId),
    ...obligations.flatMap((obligation) => ('ruleId' in obligation ? [obligation.ruleId] : [])),
  ])
  const until = decisions.flatMap(({ obligations }) =>
    obligations.flatMap((obligation) => (obligation.kind === 'defer' ? [obligation.untilMs] : [])),
  )
  return {
    action: strongest(
      actions,
      decisions.map(({ action }) => action),
      'allow',
    ),
    zoneAction: strongest(
      zoneActions,
      policy.zones.filter(({ ruleId }) => ruleIds.includes(ruleId)).map(({ action }) => action),
      undefined,
    ),
    ruleIds: [...new Set(ruleIds)],
    untilMs: until.length === 0 ? undefined : Math.max(...until),
    error: decisions.find(({ error }) => error !== undefined)?.error,
  }
}

function strongest<Name, Usual>(order: readonly Name[], found: readonly Name[], usual: Usual): Name | Usual {
  return order.findLast((name) => found.includes(name)) ?? usual
}

function describeExpected({ expect }: PolicyTest): string {
  const by = [expect.zone, expect.rule].filter((name) => name !== undefined).join(' and ')
  const until = expect.until === undefined ? '' : ` until ${expect.until}`
  return `${expect.action}${by === '' ? '' : ` by ${by}`}${until}`
}

function describeFound({ action, zoneAction, ruleIds, untilMs, error }: Judged): string {
  const by = ruleIds.length === 0 ? '' : ` by ${ruleIds.join(', ')}`
  const until = untilMs === undefined ? '' : ` until ${new Date(untilMs).toISOString()}`
  return `${zoneAction ?? action}${by}${until}${error === undefined ? '' : ` after an error (${error})`}`
}
