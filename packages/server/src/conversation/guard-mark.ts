import { type Decision, type GuardAction, type GuardStage, guardStages, zoneActions } from '@hyponema/contract'
import { builtInRules, type CompiledPolicy } from '@hyponema/policy'
import { shownAction } from './shown-action.ts'

/** What a client is told of a decision: where, what, and the public name of the rule whose doing it is. */
export type GuardMark = {
  readonly stage: GuardStage
  readonly action: GuardAction
  readonly ruleId: string
  readonly label: string
}

type Named = Pick<GuardMark, 'ruleId' | 'label'>

const engineError: Named = { ruleId: 'engine/error', label: 'safety check' }

/** Undefined where the guard did not step in: what was allowed, only noted or asked about, or was decided in the shadow. */
export function guardMark(policy: CompiledPolicy, decision: Decision): GuardMark | undefined {
  const stage = guardStages.find((name) => name === decision.stage)
  if (stage === undefined || decision.mode === 'shadow') return undefined
  if (decision.action === 'allow' || decision.action === 'annotate' || decision.action === 'confirm') return undefined
  const rule =
    strongestZone(policy, decision) ?? builtInRuleOf(decision) ?? listedRuleOf(policy, decision) ?? engineError
  return { stage, action: shownAction(stage, decision), ruleId: rule.ruleId, label: rule.label }
}

/** The line of the rule whose doing it is; where that has none, the first that another rule offers. */
export function linesOfDecision(policy: CompiledPolicy, decision: Decision): readonly string[] {
  const lines = decision.obligations.filter((obligation) => obligation.kind === 'line')
  const isCrisis = lines.some(({ ruleId }) => ruleId === builtInRules.crisis.ruleId)
  const ruleId = isCrisis ? builtInRules.crisis.ruleId : strongestZone(policy, decision)?.ruleId
  const line = lines.find((obligation) => obligation.ruleId === ruleId) ?? lines[0]
  return line === undefined ? [] : [line.text]
}

/** As in the output gate: the strongest action, then the priority, then the rule id. */
function strongestZone({ zones }: CompiledPolicy, { matches }: Decision): CompiledPolicy['zones'][number] | undefined {
  const matched = new Set(matches.map(({ ruleId }) => ruleId))
  return zones
    .filter(({ ruleId }) => matched.has(ruleId))
    .toSorted(
      (left, right) =>
        zoneActions.indexOf(right.action) - zoneActions.indexOf(left.action) ||
        right.priority - left.priority ||
        (left.ruleId < right.ruleId ? -1 : 1),
    )[0]
}

function listedRuleOf({ sections }: CompiledPolicy, { matches }: Decision): Named | undefined {
  const rules = [...sections.tools, ...sections.escalation]
  const found = rules.find(({ ruleId }) => matches.some((match) => match.ruleId === ruleId))
  return found && { ruleId: found.ruleId, label: found.rule.name.replaceAll(/[_-]/g, ' ') }
}

function builtInRuleOf({ matches }: Decision): Named | undefined {
  // It only asks: where a call was refused, another rule did it.
  const { ruleOfTwo: _, ...others } = builtInRules
  return Object.values(others).find(({ ruleId }) => matches.some((match) => match.ruleId === ruleId))
}
