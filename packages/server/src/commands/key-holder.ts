import type { Clock } from '../kernel/clock.ts'
import { addKeyringKey, type KeyPurpose, keyNumber } from '../platform/crypto/keyring.ts'
import { listKeyringKeys } from '../platform/crypto/list-keyring-keys.ts'
import { removeKeyringKey } from '../platform/crypto/remove-keyring-key.ts'

/** A key as its holder lists it. */
export type HeldKey = {
  readonly id: string
  /** One key seals; the others open what is still under them. */
  readonly state: 'active' | 'retiring'
  /** Undefined where the holder does not say. */
  readonly createdAt: Date | undefined
}

/** Where the key-encryption keys of one purpose lie. */
export type KeyHolder = {
  /** For messages: the file, or the service. */
  readonly name: string
  readonly list: () => Promise<readonly HeldKey[]>
  /** Makes the next active key. `announce` hears its id in the transaction that audits it. */
  readonly add: (announce: (id: string) => Promise<void>) => Promise<string>
  /** Takes a retiring key away for good; `inUse` are the ids that rows still bear. */
  readonly remove: (id: string, inUse: ReadonlySet<string>, announce: () => Promise<void>) => Promise<void>
}

export function keyringHolder(path: string, options: { purpose: KeyPurpose; clock: Clock }): KeyHolder {
  return {
    name: path,
    list: async () => {
      const own = (await listKeyringKeys(path)).filter(({ purpose }) => purpose === options.purpose)
      const newest = Math.max(...own.filter(({ state }) => state === 'active').map(({ id }) => keyNumber(id)))
      return own.map(({ id, createdAt }) => {
        const state = keyNumber(id) === newest ? ('active' as const) : ('retiring' as const)
        return { id, state, createdAt }
      })
    },
    add: (announce) => addKeyringKey(path, { ...options, announce }),
    remove: (id, _inUse, announce) => removeKeyringKey(path, { id, announce }),
  }
}
