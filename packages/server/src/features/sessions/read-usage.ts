import { parseUuid, type Uuid, type WorkspaceUsage } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { sumUsage } from './store.ts'

const dayMs = 24 * 60 * 60 * 1000

/** What the sessions that were created on the day of `nowMs` (UTC) have used so far; those that run count as if they ended now. */
export async function readUsage(tx: WorkspaceTx, nowMs: number): Promise<WorkspaceUsage> {
  const sum = await sumUsage(tx, { since: firstIdOf(nowMs - (nowMs % dayMs)), now: new Date(nowMs) })
  return {
    voice_minutes: Math.round((sum.voiceSeconds / 60) * 10) / 10,
    model_tokens: sum.modelTokens,
    spoken_characters: sum.spokenCharacters,
  }
}

/** The smallest id of a millisecond: ids are UUIDv7, so those of a day lie together in the key. */
function firstIdOf(ms: number): Uuid {
  const hex = Math.floor(ms).toString(16).padStart(12, '0')
  const id = parseUuid(`${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`)
  if (id === undefined) throw new RangeError(`${ms} is no time of an id`)
  return id
}
