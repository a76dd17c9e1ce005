import { type Decision, type FatiguePolicy, fatigueResponses, type Obligation } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { fatigueLine } from './fatigue-lines.ts'
import { type FatigueScore, fatigueScore } from './fatigue-score.ts'
import type { TickFacts } from './tick-facts.ts'

type FatigueRule = CompiledRule<FatiguePolicy>
type Threshold = FatiguePolicy['thresholds'][number]

/** What the score asks for: the strongest threshold that it has reached, unless that or a stronger one was done already. */
export function decideFatigue(
  policy: CompiledPolicy,
  compiled: FatigueRule,
  facts: TickFacts,
  mode: Decision['mode'],
): Decision {
  const scored = fatigueScore(compiled.rule, facts)
  const reached = strongestReached(compiled.rule, scored.score)
  if (reached === undefined || isDone(compiled, reached, facts)) return allowDecision(policy, 'tick', mode)
  return sectionDecision(policy, { stage: 'tick', mode }, compiled, {
    action: reached.response === 'end' ? 'end' : 'annotate',
    obligations: obligationsOf(compiled, reached, scored, facts),
    facts: {
      [`score:${compiled.ruleId}`]: scored.score,
      session_minutes: Math.floor(facts.sessionMs / 60_000),
      minutes_today: Math.floor(facts.minutesToday),
      sessions_today: facts.sessionsToday,
      tired_turns: facts.tiredTurns,
      repeated_turns: facts.repeatedTurns,
    },
  })
}

function strongestReached({ thresholds }: FatiguePolicy, score: number): Threshold | undefined {
  return thresholds
    .filter((threshold) => threshold.score <= score)
    .toSorted((left, right) => strengthOf(left) - strengthOf(right))
    .at(-1)
}

function isDone({ ruleId }: FatigueRule, reached: Threshold, { doneResponses }: TickFacts): boolean {
  const done = doneResponses[ruleId] ?? []
  return done.some((response) => fatigueResponses.indexOf(response) >= strengthOf(reached))
}

function strengthOf({ response }: Threshold): number {
  return fatigueResponses.indexOf(response)
}

function obligationsOf(
  { ruleId, rule }: FatigueRule,
  { response, line }: Threshold,
  { score, signals }: FatigueScore,
  { language }: TickFacts,
): readonly Obligation[] {
  const told: Obligation = { kind: 'fatigue', ruleId, response, score, signals }
  if (response === 'soften') return [told]
  const said: Obligation = { kind: 'line', ruleId, text: line ?? fatigueLine(response, language) }
  if (response !== 'wind_down') return [told, said]
  return [told, said, { kind: 'wind_down', ruleId, inMs: rule.wind_down_minutes * 60_000 }]
}
