import type { Clock } from '../kernel/clock.ts'
import type { KeyAdministration } from '../platform/crypto/key-administration.ts'
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
  /** A file has to be copied to every host; a service is one for all. */
  readonly isFile: boolean
  readonly list: () => Promise<readonly HeldKey[]>
  /** Makes the next active key. `announce` hears its id in the transaction that audits it. */
  readonly add: (announce: (id: string) => Promise<void>) => Promise<string>
  /** Takes a retiring key away for good; `inUse` are the ids that rows still bear. */
  readonly remove: (id: string, inUse: ReadonlySet<string>, announce: () => Promise<void>) => Promise<void>
}

export function keyringHolder(path: string, options: { purpose: KeyPurpose; clock: Clock }): KeyHolder {
  return {
    name: path,
    isFile: true,
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

/**
 * The keyring beside the key services that are configured, where a service or the file wraps new keys. After a move from one
 * to the other what has stayed behind is still listed, and each key is looked after where it lies.
 */
export function holderWithServices(
  keyring: KeyHolder,
  services: KeyAdministration,
  { fileWraps }: { fileWraps: boolean },
): KeyHolder {
  const ofKeyring = async (): Promise<readonly HeldKey[]> =>
    (await keyring.list()).map((key) => (fileWraps ? key : { ...key, state: 'retiring' }))
  return {
    name: fileWraps ? keyring.name : 'the key service',
    isFile: fileWraps,
    list: async () => [
      ...(await services.list()).map((key) => ({ ...key, createdAt: undefined })),
      ...(await ofKeyring()),
    ],
    add: async (announce) => {
      if (fileWraps) return keyring.add(announce)
      const id = await services.rotate()
      await announce(id)
      return id
    },
    remove: async (id, inUse, announce) => {
      if ((await ofKeyring()).some((key) => key.id === id)) return keyring.remove(id, inUse, announce)
      await announce()
      await services.retire(id, inUse)
    },
  }
}
