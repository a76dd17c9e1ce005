import { open, rm } from 'node:fs/promises'
import type { Clock } from '../../kernel/clock.ts'
import { hasCode } from '../../kernel/has-code.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'

import type { KeyService } from './key-service.ts'
import { readPrivateFile } from './read-private-file.ts'
import { makeSigningKey, openSigningKeys, parseSigningKeys, renderSigningKeys } from './signing-key-file.ts'
import { writeSecretFile } from './write-secret-file.ts'

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
 * `dropAll` every one, which ends all live tokens. The file is replaced whole or not at all, by one process at a time.
 */
export async function rotateSigningKeys(
  path: string,
  options: { keys: KeyService<'signing'>; clock: Clock; dropAll: boolean },
): Promise<Rotated> {
  const lock = `${path}.rotating`
  await takeLock(lock)
  try {
    const text = await readPrivateFile(path)
    if (text === undefined) throw new StartupRefusal(`There is no ${path}; the first start makes it.`)
    // Opened too: who lacks the keyring of this file must not write a key into it.
    openSigningKeys(path, text, options.keys)
    const nowMs = options.clock.nowMs()
    const stored = parseSigningKeys(path, text)
    const next = makeSigningKey(`sig-${Math.max(...stored.map(({ id }) => Number(id.slice(4)))) + 1}`, {
      keys: options.keys,
      nowMs,
    })
    const isOver = (index: number): boolean => {
      const successor = stored[index + 1]
      return options.dropAll || (successor !== undefined && Date.parse(successor.created_at) < nowMs - retireAfterMs)
    }
    const kept = stored.filter((_key, index) => !isOver(index))
    const dropped = stored.filter((_key, index) => isOver(index))
    await writeSecretFile(
      path,
      renderSigningKeys([...kept.map((key) => ({ ...key, state: 'retiring' as const })), next]),
    )
    return { active: next.id, retiring: kept.map(({ id }) => id), dropped: dropped.map(({ id }) => id) }
  } finally {
    await rm(lock, { force: true })
  }
}

async function takeLock(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close()
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    throw new StartupRefusal(
      `${path} is there: another rotation is running. Where one was killed, remove that file and run this again.`,
    )
  }
}
