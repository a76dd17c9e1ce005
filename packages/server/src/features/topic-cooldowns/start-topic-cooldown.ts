import { topicCooldownReasons, type Uuid } from '@hyponema/contract'
import { type CooldownLength, type CooldownReason, cooldownEnd } from '@hyponema/policy'
import { z } from 'zod'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { lockUser } from '../users/public.ts'
import { findTopicCooldownOf, putTopicCooldown } from './store.ts'

/** Beyond, further causes change nothing that one could see; the first stays, because the longest time counts from it. */
const maxCauses = 100

const causesSchema = z.array(z.object({ reason: z.enum(topicCooldownReasons), at_ms: z.number() }))

/** Lets a topic rest for a person, or longer than it does already. Never shortens what somebody else has asked for. */
export async function startTopicCooldown(
  tx: WorkspaceTx,
  start: {
    readonly userId: Uuid
    readonly topic: string
    readonly reason: CooldownReason
    readonly length: CooldownLength
    readonly now: Date
    readonly createdBy: string | null
    readonly newId: NewId
  },
): Promise<Uuid> {
  const { userId, topic, reason, length, now } = start
  await lockUser(tx, userId)
  const found = await findTopicCooldownOf(tx, { userId, topic })
  const running = found !== undefined && found.endsAt > now ? found : undefined
  const before = running === undefined ? [] : causesSchema.parse(running.causes)
  const causes = [...bounded(before), { reason, at_ms: now.getTime() }]
  const counted = causes.map((cause) => ({ reason: cause.reason, atMs: cause.at_ms }))
  const addedMs = cooldownEnd(length, counted)
  // Others may have let it rest for longer than this rule would: what is asked for now must not count as over because of that.
  const endMs = addedMs > now.getTime() ? addedMs : cooldownEnd(length, counted.slice(-1))
  const id = found?.id ?? start.newId()
  await putTopicCooldown(tx, {
    id,
    userId,
    topic,
    reason,
    startedAt: running?.startedAt ?? now,
    // What was asked for under another policy, or by an operator, holds.
    endsAt: new Date(Math.max(endMs, running?.endsAt.getTime() ?? 0)),
    causes: JSON.stringify(causes),
    createdBy: running === undefined ? start.createdBy : running.createdBy,
    now,
  })
  return id
}

function bounded<Cause>(causes: readonly Cause[]): readonly Cause[] {
  return causes.length < maxCauses ? causes : [...causes.slice(0, 1), ...causes.slice(2 - maxCauses)]
}
