import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { joinAllDecisions } from '../decide/join-decisions.ts'
import { type RuleHit, ruleDecision, strongest } from '../decide/rule-decision.ts'
import type { GateBlock } from '../gate/gate-step.ts'
import { piiWords } from '../pii/pii-words.ts'

export interface ZoneHit extends RuleHit {
  readonly start: number
  readonly end: number
  /** Characters of the match that had left in earlier utterances of the turn. */
  readonly headHeard: number
}

export interface JoinHitsOptions {
  readonly policy: CompiledPolicy
  /** At least one. */
  readonly hits: readonly ZoneHit[]
  /** Of what is said in place of personal data. */
  readonly language: string | undefined
  readonly place: Pick<GateBlock, 'span' | 'blockedText' | 'stopTurn'>
}

/** One block of all that was found at one character: the joined decision, and the line of the strongest rule. */
export function joinHits({ policy, hits, place, language }: JoinHitsOptions): GateBlock {
  const first = strongest(hits)
  if (first === undefined) throw new RangeError('expected at least one hit')
  const headHeard = hits.reduce((most, hit) => Math.max(most, hit.headHeard), 0)
  const [one, ...more] = hits.map((hit) => ruleDecision(policy, 'output', 'enforce', hit))
  if (one === undefined) throw new RangeError('expected at least one hit')
  const joined = joinAllDecisions(one, more)
  const decision: Decision = { ...joined, headHeard }
  if (decision.action === 'allow') throw new RangeError('a hit cannot be decided as allow')
  return {
    kind: 'block',
    decision,
    action: decision.action,
    ruleId: first.zone.ruleId,
    label: first.zone.label,
    line: first.pii === undefined ? first.zone.line : piiWords(first.pii, language),
    headHeard,
    ...place,
  }
}
