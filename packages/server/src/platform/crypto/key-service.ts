/**
 * The port behind which key-encryption keys lie: the keyring file, or a service that never shows its keys
 * (secrets-and-outbound 1).
 */
import type { KeyPurpose } from './keyring.ts'
import type { Secret } from './secret.ts'

/** What a key service may be for: epoch keys wrap personal data, `credentials` wraps provider keys, never the other way. */
export type WrapPurpose = Exclude<KeyPurpose, 'api_key_pepper'>

/** What a wrapped key is for. The same wrapped bytes under another context do not unwrap. */
export type WrapContext = readonly string[]

export type WrappedKey = { readonly keyId: string; readonly bytes: Buffer }

/**
 * Wraps and unwraps data keys. Rejects with keyring.key_missing (unknown key id, or a service that cannot be reached; the
 * detail names the id) or credential.sealed_unreadable (altered, or wrapped for another context).
 */
export type KeyService<Purpose extends WrapPurpose = WrapPurpose> = {
  readonly purpose: Purpose
  /** Wraps under the newest active key of the service's purpose. */
  readonly wrap: (key: Secret, context: WrapContext) => Promise<WrappedKey>
  readonly unwrap: (wrapped: WrappedKey, context: WrapContext) => Promise<Secret>
  /** Moves a wrapped key under the newest active key. */
  readonly rewrap: (wrapped: WrappedKey, context: WrapContext) => Promise<WrappedKey>
}

/** The same where the keys lie in this process, so that nobody waits. Throws what a `KeyService` rejects with. */
export type LocalKeyService<Purpose extends WrapPurpose = WrapPurpose> = {
  readonly purpose: Purpose
  readonly wrap: (key: Secret, context: WrapContext) => WrappedKey
  readonly unwrap: (wrapped: WrappedKey, context: WrapContext) => Secret
  readonly rewrap: (wrapped: WrappedKey, context: WrapContext) => WrappedKey
}

/** Puts local keys behind the port. */
export function asKeyService<Purpose extends WrapPurpose>(keys: LocalKeyService<Purpose>): KeyService<Purpose> {
  return {
    purpose: keys.purpose,
    wrap: async (key, context) => keys.wrap(key, context),
    unwrap: async (wrapped, context) => keys.unwrap(wrapped, context),
    rewrap: async (wrapped, context) => keys.rewrap(wrapped, context),
  }
}
