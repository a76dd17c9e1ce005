/**
 * Threat: a token that was signed by somebody else, or under a key that was taken away, opens something.
 * Rule: Ed25519 keys in a file of their own (0600). Several may verify, so that rotation overlaps; the newest active one
 * signs. A running process follows the file: it looks at it once a second while it is used, and at once for a key id that
 * it does not know, so that what another process signed right after a rotation is understood.
 * On failure: at the start a StartupRefusal. Later the keys that were known go on, and an unknown id verifies nothing.
 */
import type { KeyObject } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Clock } from '../../kernel/clock.ts'
import { createSecretFile } from './create-secret-file.ts'
import type { LocalKeyService } from './key-service.ts'
import { readPrivateFile } from './read-private-file.ts'
import { makeSigningKey, type OpenedSigningKeys, openSigningKeys, renderSigningKeys } from './signing-key-file.ts'

/** A rotation is seen by every process within this, and a stat each second costs nothing. */
const lookAgainMs = 1000

export type SigningKeys = {
  /** The key that signs now. */
  readonly signing: () => Promise<OpenedSigningKeys['active']>
  /** The public key of that id, if it verifies now. */
  readonly verifying: (id: string) => Promise<KeyObject | undefined>
}

type SigningKeyOptions = {
  readonly keys: LocalKeyService<'signing'>
  readonly clock: Clock
  /** Hears of a changed file that cannot be used. */
  readonly onUnreadable?: (error: unknown) => void
}

/** Reads the signing keys, or makes the first one where there is no file yet. */
export async function loadOrCreateSigningKeys(path: string, options: SigningKeyOptions): Promise<SigningKeys> {
  if ((await readPrivateFile(path)) === undefined) {
    const first = makeSigningKey('sig-1', { keys: options.keys, nowMs: options.clock.nowMs() })
    await createSecretFile(path, renderSigningKeys([first]))
  }
  // Read back, because another process may have been first; then its key is everybody's.
  const stamp = await stampOf(path)
  return new FollowedKeys(
    path,
    options,
    openSigningKeys(path, (await readPrivateFile(path)) ?? '', options.keys),
    stamp,
  )
}

class FollowedKeys implements SigningKeys {
  readonly #path: string
  readonly #options: SigningKeyOptions
  #opened: OpenedSigningKeys
  #stamp: string
  #lookedAtMs: number
  #looking: Promise<void> | undefined

  constructor(path: string, options: SigningKeyOptions, opened: OpenedSigningKeys, stamp: string) {
    this.#path = path
    this.#options = options
    this.#opened = opened
    this.#stamp = stamp
    this.#lookedAtMs = options.clock.nowMs()
  }

  readonly signing = async (): Promise<OpenedSigningKeys['active']> => {
    await this.#lookAgain()
    return this.#opened.active
  }

  readonly verifying = async (id: string): Promise<KeyObject | undefined> => {
    await this.#lookAgain()
    if (!this.#opened.publicKeys.has(id) && /^sig-[1-9]\d{0,6}$/.test(id)) await this.#look()
    return this.#opened.publicKeys.get(id)
  }

  async #lookAgain(): Promise<void> {
    if (Math.abs(this.#options.clock.nowMs() - this.#lookedAtMs) >= lookAgainMs) await this.#look()
  }

  /** Shared by all who ask at once, so that strangers' key ids cost one stat at a time. */
  async #look(): Promise<void> {
    this.#looking ??= this.#readIfChanged().finally(() => {
      this.#looking = undefined
    })
    await this.#looking
  }

  async #readIfChanged(): Promise<void> {
    this.#lookedAtMs = this.#options.clock.nowMs()
    try {
      const stamp = await stampOf(this.#path)
      if (stamp === this.#stamp) return
      this.#opened = openSigningKeys(this.#path, (await readPrivateFile(this.#path)) ?? '', this.#options.keys)
      this.#stamp = stamp
    } catch (error) {
      this.#options.onUnreadable?.(error)
    }
  }
}

/** Another content has another one: a rotation writes a new file under the name. */
async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path)
  return `${mtimeMs} ${size} ${ino}`
}
