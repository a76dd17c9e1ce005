import type { Action, Decision, DecisionFacts, DecisionMatch, Obligation, Stage } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import { allowDecision } from './rule-decision.ts'

export interface SectionFinding {
  readonly action: Action
  readonly obligations?: readonly Obligation[]
  readonly matches?: readonly Omit<DecisionMatch, 'ruleId'>[]
  /** Those that it rests on; counters and flags, never words. */
  readonly facts?: DecisionFacts
}

/** The decision of one rule of a section. A rule that has no place in the text is named by an empty span at its beginning. */
export function sectionDecision(
  policy: Pick<CompiledPolicy, 'identity' | 'versions'>,
  at: { readonly stage: Stage; readonly mode: Decision['mode'] },
  rule: Pick<CompiledRule<unknown>, 'ruleId' | 'floor'>,
  { action, obligations = [], matches, facts = {} }: SectionFinding,
): Decision {
  const { ruleId, floor } = rule
  const found = matches ?? [{ view: 'plain' as const, span: { start: 0, end: 0 }, folded: '' }]
  return {
    ...allowDecision(policy, at.stage, at.mode),
    action,
    obligations,
    matches: found.map((match) => ({ ...match, ruleId })),
    facts,
    ...(floor ? { floor: true as const } : {}),
  }
}
