import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { fatigueLine } from './fatigue-lines.ts'
import type { TickFacts } from './tick-facts.ts'

/** The end of a session that fatigue has wound down. Said once more, because the first time is minutes ago. */
export function decideEndOfTime(policy: CompiledPolicy, facts: TickFacts, mode: Decision['mode']): readonly Decision[] {
  return policy.sections.fatigue.flatMap((compiled) => {
    const since = facts.windingDownSinceMs[compiled.ruleId]
    if (since === undefined || facts.nowMs - since < compiled.rule.wind_down_minutes * 60_000) return []
    const { ruleId } = compiled
    return [
      sectionDecision(policy, { stage: 'tick', mode }, compiled, {
        action: 'end',
        obligations: [{ kind: 'line', ruleId, text: fatigueLine('end', facts.language) }],
        facts: { winding_down_minutes: Math.floor((facts.nowMs - since) / 60_000) },
      }),
    ]
  })
}
