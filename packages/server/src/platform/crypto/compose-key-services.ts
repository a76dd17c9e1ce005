/**
 * Several places for the keys of one purpose, behind the one port: new keys are wrapped in the first, and what another wrapped
 * is still unwrapped there, so that moving to a service or away from one loses nothing. `rewrap` moves.
 */
import type { KeyService, WrapPurpose } from './key-service.ts'
import { keyUnreachable } from './service-failures.ts'

export type KeyPlace<Purpose extends WrapPurpose> = {
  /** Whether an id is written as this place writes its own. No id may be two places' own. */
  readonly owns: (keyId: string) => boolean
  readonly keys: KeyService<Purpose>
}

export function composeKeyServices<Purpose extends WrapPurpose>(
  wrapping: KeyPlace<Purpose>,
  others: readonly KeyPlace<Purpose>[],
): KeyService<Purpose> {
  const placeOf = (keyId: string): KeyPlace<Purpose> => {
    const place = [wrapping, ...others].find(({ owns }) => owns(keyId))
    if (place === undefined) throw keyUnreachable(keyId, 'no configured key service has a key of that name')
    return place
  }
  return {
    purpose: wrapping.keys.purpose,
    wrap: (key, context) => wrapping.keys.wrap(key, context),
    unwrap: async (wrapped, context) => placeOf(wrapped.keyId).keys.unwrap(wrapped, context),
    rewrap: async (wrapped, context) => {
      const place = placeOf(wrapped.keyId)
      if (place === wrapping) return place.keys.rewrap(wrapped, context)
      const key = await place.keys.unwrap(wrapped, context)
      try {
        return await wrapping.keys.wrap(key, context)
      } finally {
        key.destroy()
      }
    },
  }
}
