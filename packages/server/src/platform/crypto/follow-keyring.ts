/**
 * Threat: after a rotation a running process goes on sealing under an old key, or refuses what another one has sealed under
 * the new; somebody puts another keyring in the place of ours and what is sealed from then on is lost.
 * Rule: the file is looked at once a second while keys are used, and at once for an id that is not known. What is in it
 * counts from then on, also for a process that stays; a key that is not in it any more is wiped. A file that is missing,
 * damaged, open to others, has another key under a known id, or lacks the newest key of a purpose changes nothing.
 * On failure: it is reported, once for each state of the file, and the keys that were known go on.
 */
import { statSync } from 'node:fs'
import type { Clock } from '../../kernel/clock.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { type KeyPurpose, Keyring, type KeyringEntry, keyNumber, keyPurposes, parseKeyringEntries } from './keyring.ts'
import { readPrivateFileNow } from './read-private-file.ts'

/** A rotation is seen by every process within this; a stat of a local file takes some microseconds. */
const lookAgainMs = 1000

type Options = {
  readonly clock: Clock
  /** Hears of a changed file that cannot be used. */
  readonly onUnreadable?: (error: unknown) => void
}

/** Reads the keyring of a file that is there and follows it. `loadOrCreateKeyring` makes the file. */
export function followKeyring(path: string, options: Options): Keyring {
  const stamp = stampOf(path)
  return new FollowedKeyring(path, options, { entries: readEntries(path), stamp })
}

class FollowedKeyring extends Keyring {
  readonly #path: string
  readonly #options: Options
  #stamp: string
  #lookedAtMs: number
  /** The last state of the file that was reported. */
  #reported: string | undefined
  #isDestroyed = false

  constructor(path: string, options: Options, read: { entries: readonly KeyringEntry[]; stamp: string }) {
    super(read.entries)
    this.#path = path
    this.#options = options
    this.#stamp = read.stamp
    this.#lookedAtMs = options.clock.nowMs()
  }

  /** Without waiting, because who seals and opens with the keyring does not wait either. */
  protected override entries(wanted?: string): ReadonlyMap<string, KeyringEntry> {
    if (this.#isDestroyed) return super.entries()
    const isUnknown = wanted !== undefined && !super.entries().has(wanted)
    if (isUnknown || Math.abs(this.#options.clock.nowMs() - this.#lookedAtMs) >= lookAgainMs) this.#look()
    return super.entries()
  }

  override destroy(): void {
    super.destroy()
    this.#isDestroyed = true
  }

  #look(): void {
    this.#lookedAtMs = this.#options.clock.nowMs()
    const stamp = stampOf(this.#path)
    if (stamp === this.#stamp) return
    try {
      this.#follow(readEntries(this.#path))
      this.#stamp = stamp
      this.#reported = undefined
    } catch (error) {
      // Tried again at the next look, because a copy may still be being written; told once.
      if (stamp === this.#reported) return
      this.#reported = stamp
      this.#options.onUnreadable?.(error)
    }
  }

  /** Keys that stay remain the same `Secret`: work that holds one goes on, and what is remembered by it too. */
  #follow(read: readonly KeyringEntry[]): void {
    const known = super.entries()
    try {
      refuseOther(this.#path, known, read)
    } catch (error) {
      for (const { key } of read) key.destroy()
      throw error
    }
    const ids = new Set(read.map(({ id }) => id))
    this.replaceEntries(read.map((entry) => ({ ...entry, key: known.get(entry.id)?.key ?? entry.key })))
    for (const { id, key } of read) if (known.has(id)) key.destroy()
    for (const { id, key } of known.values()) if (!ids.has(id)) key.destroy()
  }
}

/** Nobody takes away the newest key of a purpose or changes a key: then it is another file, or an old copy of ours. */
function refuseOther(path: string, known: ReadonlyMap<string, KeyringEntry>, read: readonly KeyringEntry[]): void {
  const other = read.find(({ id, key }) => !isSameKey(known.get(id)?.key ?? key, key))
  if (other !== undefined)
    throw new StartupRefusal(
      `${path} has another key ${other.id} than before: it is another installation's. Put ours back.`,
    )
  for (const purpose of keyPurposes) {
    if (newest(purpose, [...known.values()]) > newest(purpose, read))
      throw new StartupRefusal(
        `${path} has no longer the newest key for ${purpose}: it is an old copy. Put the newer one back; a restart takes it as it is.`,
      )
  }
}

function newest(purpose: KeyPurpose, entries: readonly KeyringEntry[]): number {
  return Math.max(
    0,
    ...entries.filter((entry) => entry.purpose === purpose && entry.state === 'active').map(({ id }) => keyNumber(id)),
  )
}

function isSameKey(one: KeyringEntry['key'], other: KeyringEntry['key']): boolean {
  return one === other || one.use((bytes) => other.use((others) => bytes.equals(others)))
}

function readEntries(path: string): readonly KeyringEntry[] {
  const text = readPrivateFileNow(path)
  if (text === undefined) throw new StartupRefusal(`${path} is gone; put it back from your copy.`)
  return parseKeyringEntries(path, text)
}

/** Another content or other rights have another one: a command writes a new file under the name. */
function stampOf(path: string): string {
  const facts = statSync(path, { throwIfNoEntry: false })
  if (facts === undefined) return 'gone'
  const { mtimeMs, ctimeMs, size, ino } = facts
  return `${mtimeMs} ${ctimeMs} ${size} ${ino}`
}
