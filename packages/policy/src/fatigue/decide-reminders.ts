/**
 * Threat: after hours of talk a person has forgotten that nobody is there.
 * Rule: after each 3 hours of talk, and each hour where people under age may appear, the agent says that it is an AI. It needs no
 * policy, and no policy switches it off. Reminders of a policy come at their own times.
 * On failure: the tick stage decides `annotate`, and the decision says that the engine failed.
 */
import type { Decision, FatiguePolicy } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { aiReminderRule } from './ai-reminder-rule.ts'
import { fatigueLine } from './fatigue-lines.ts'
import type { TickFacts } from './tick-facts.ts'

const aiReminderMinutes = 180
const aiReminderMinutesForMinors = 60

interface Reminder {
  readonly ruleId: string
  readonly floor: boolean
  /** In `remindedAtMs`. */
  readonly key: string
  readonly name: string
  readonly everyMinutes: number
  readonly text: string
}

/** One decision for each reminder whose time has come. */
export function decideReminders(policy: CompiledPolicy, facts: TickFacts, mode: Decision['mode']): readonly Decision[] {
  return remindersOf(policy, facts).flatMap((reminder) => {
    if (!isDue(reminder, facts)) return []
    const { ruleId, name, text } = reminder
    return [
      sectionDecision(policy, { stage: 'tick', mode }, reminder, {
        action: 'annotate',
        obligations: [
          { kind: 'remind', ruleId, name },
          { kind: 'line', ruleId, text },
        ],
        facts: { session_minutes: minutesOf(facts.sessionMs), minutes_today: Math.floor(facts.minutesToday) },
      }),
    ]
  })
}

function remindersOf(policy: CompiledPolicy, facts: TickFacts): readonly Reminder[] {
  const { fatigue } = policy.sections
  return [
    aiReminder(
      fatigue.some(({ rule }) => rule.minors),
      facts,
    ),
    ...fatigue.flatMap(({ ruleId, floor, rule }) => rule.reminders.map((one) => written({ ruleId, floor }, one))),
  ]
}

function aiReminder(hasMinors: boolean, { language }: TickFacts): Reminder {
  const { ruleId } = aiReminderRule
  const everyMinutes = hasMinors ? aiReminderMinutesForMinors : aiReminderMinutes
  return { ruleId, floor: true, key: ruleId, name: 'ai', everyMinutes, text: fatigueLine('ai_reminder', language) }
}

function written(
  { ruleId, floor }: Pick<Reminder, 'ruleId' | 'floor'>,
  { name, every_minutes: everyMinutes, line }: FatiguePolicy['reminders'][number],
): Reminder {
  return { ruleId, floor, key: `${ruleId}:${name}`, name, everyMinutes, text: line }
}

/**
 * Counted in talk: of this session, or of today where that is more. What an earlier session has said is not known here, so each
 * session whose day is that long says it once, and then again each time that much of the session has passed: the talk of today
 * begins anew at midnight, in the middle of a session.
 */
function isDue({ key, everyMinutes }: Reminder, facts: TickFacts): boolean {
  const last = facts.remindedAtMs[key]
  const talkedMs = last === undefined ? Math.max(facts.sessionMs, facts.minutesToday * 60_000) : facts.sessionMs - last
  return talkedMs >= everyMinutes * 60_000
}

function minutesOf(ms: number): number {
  return Math.floor(ms / 60_000)
}
