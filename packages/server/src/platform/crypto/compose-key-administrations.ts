import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import type { KeyAdministration } from './key-administration.ts'

/** A configured key service: one of them, or the keyring file beside them, wraps new keys. */
export type AdministeredPlace = {
  readonly wraps: boolean
  readonly owns: (keyId: string) => boolean
  readonly administration: KeyAdministration
}

/** The keys of all configured services as one list. Where none of them wraps, none of its keys is `active`. */
export function composeKeyAdministrations(places: readonly AdministeredPlace[]): KeyAdministration {
  return {
    list: async () => {
      const inOrder = places.toSorted((one, other) => Number(other.wraps) - Number(one.wraps))
      const lists = await Promise.all(
        inOrder.map(async ({ wraps, administration }) => {
          const keys = await administration.list()
          return wraps ? keys : keys.map(({ id }) => ({ id, state: 'retiring' as const }))
        }),
      )
      return lists.flat()
    },
    rotate: async () => {
      const wrapping = places.find(({ wraps }) => wraps)
      if (wrapping === undefined)
        throw new StartupRefusal('No key service wraps new keys: HYPONEMA_KEY_SERVICE says that the keyring file does.')
      return wrapping.administration.rotate()
    },
    retire: async (id, inUse) => {
      const place = places.find(({ owns }) => owns(id))
      if (place === undefined) throw new StartupRefusal(`${id} is no key of a configured key service.`)
      if (place.wraps) return place.administration.retire(id, inUse)
      throw new StartupRefusal(
        inUse.has(id)
          ? `${id} cannot be retired: keys are still wrapped under it. Rewrap first.`
          : `${id} lies in a service that wraps nothing any more: when nothing is wrapped under any of its keys, take its settings away, restart every server, and end it there.`,
      )
    },
  }
}
