import type { Action, Decision, Obligation, Stage } from '@hyponema/contract'
import { builtInRules } from '../compile/built-in-rules.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { allowDecision } from '../decide/rule-decision.ts'

/** What is done about a text that holds a part of the prompt which nobody but the model has. Elsewhere it may stand. */
const byStage: Partial<Record<Stage, { readonly action: Action; readonly obligations: readonly Obligation[] }>> = {
  tool_call: { action: 'deny', obligations: [] },
  output: { action: 'replace', obligations: [{ kind: 'stop_turn' }] },
}

/** The decision of the floor rule `builtin/prompt_leak`, where the caller's fact says that the prompt is leaking. */
export function leakDecision(policy: CompiledPolicy, stage: Stage, mode: Decision['mode']): Decision {
  const allowed = allowDecision(policy, stage, mode)
  const decided = byStage[stage]
  if (decided === undefined) return allowed
  const { ruleId } = builtInRules.promptLeak
  return {
    ...allowed,
    ...decided,
    matches: [{ ruleId, view: 'plain', span: { start: 0, end: 0 }, folded: '' }],
    facts: { leaksPrompt: true },
    floor: true,
  }
}
