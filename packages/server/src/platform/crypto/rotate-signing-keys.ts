import type { Clock } from '../../kernel/clock.ts'
import type { LocalKeyService } from './key-service.ts'
import { replaceSecretFile } from './replace-secret-file.ts'
import {
  makeSigningKey,
  openSigningKeys,
  parseSigningKeys,
  renderSigningKeys,
  type StoredSigningKey,
} from './signing-key-file.ts'

/**
 * A key verifies this long after the next one was made: the longest token lives an hour (data-boundary 3), and a process
 * may have signed with it for a second more; the rest is for clocks that differ.
 */
const retireAfterMs = 65 * 60 * 1000

export type Rotated = {
  /** Signs from now on. */
  readonly active: string
  /** Verify what was signed before, until the next rotation an hour later at the earliest. */
  readonly retiring: readonly string[]
  /** Verify nothing any more. */
  readonly dropped: readonly string[]
}

/**
 * Adds a signing key and lets those before it only verify; drops those that can have signed no live token, or with
 * `dropAll` every one, which ends all live tokens. The file is replaced whole or not at all, by one process at a time;
 * `announce` hears of it before, and what it throws keeps the file as it is.
 */
export async function rotateSigningKeys(
  path: string,
  options: {
    keys: LocalKeyService<'signing'>
    clock: Clock
    dropAll: boolean
    announce: (rotated: Rotated) => Promise<void>
  },
): Promise<Rotated> {
  return replaceSecretFile(path, async (text) => {
    // Opened too: who lacks the keyring of this file must not write a key into it.
    openSigningKeys(path, text, options.keys)
    const nowMs = options.clock.nowMs()
    const stored = parseSigningKeys(path, text)
    const next = makeSigningKey(nextId(stored), { keys: options.keys, nowMs })
    const isOver = (index: number): boolean => {
      const successor = stored[index + 1]
      return options.dropAll || (successor !== undefined && Date.parse(successor.created_at) < nowMs - retireAfterMs)
    }
    const kept = stored.filter((_key, index) => !isOver(index))
    const dropped = stored.filter((_key, index) => isOver(index))
    const made = { active: next.id, retiring: kept.map(({ id }) => id), dropped: dropped.map(({ id }) => id) }
    await options.announce(made)
    return { text: renderSigningKeys([...kept.map((key) => ({ ...key, state: 'retiring' as const })), next]), made }
  })
}

function nextId(stored: readonly StoredSigningKey[]): string {
  return `sig-${Math.max(...stored.map(({ id }) => Number(id.slice(4)))) + 1}`
}
