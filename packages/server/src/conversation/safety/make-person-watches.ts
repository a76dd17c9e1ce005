import type { CompiledPolicy } from '@hyponema/policy'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { readZoneTransitions } from '../../platform/time/read-zone-transitions.ts'
import type { LoadedSession } from '../load-session.ts'
import { FatigueWatch } from './fatigue-watch.ts'
import type { SafetyWatch } from './safety-watch.ts'
import { TopicWatch } from './topic-watch.ts'

type Options = {
  /** Of now: a floor may bring topics and windows. */
  readonly policy: () => CompiledPolicy
  readonly shadow: CompiledPolicy | undefined
  readonly clock: Clock
  readonly newId: NewId
  readonly language: () => string | undefined
}

/** What is watched over the turns of a session about the person: how tired it is, and which topics it wants to be left alone. */
export function makePersonWatches(
  { row, person, personFacts }: Pick<LoadedSession, 'row' | 'person' | 'personFacts'>,
  { policy, shadow, clock, newId, language }: Options,
): readonly SafetyWatch[] {
  const userZone = person.timeZone ?? undefined
  const zoneNames = (): ReadonlySet<string> => {
    const named = policy().sections.windows.flatMap(({ rule }) => (rule.time_zone === 'user' ? [] : [rule.time_zone]))
    return new Set([...(userZone === undefined ? [] : [userZone]), ...named])
  }
  return [
    new FatigueWatch({
      clock,
      newId,
      channel: row.modality === 'text' ? 'text' : 'voice',
      userZone,
      zonesAt: (atMs) => [...zoneNames()].flatMap((name) => readZoneTransitions(name, atMs) ?? []),
      language,
      earlierSessions: personFacts.earlierSessions,
    }),
    new TopicWatch({ policy, shadow, userId: row.userId, resting: personFacts.restingTopics, clock, newId }),
  ]
}
