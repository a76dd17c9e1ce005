/**
 * The port behind which key-encryption keys lie: the keyring file now; a cloud key service or a vault are further
 * implementations of the same contract (secrets-and-outbound 1).
 */
import type { KeyPurpose } from './keyring.ts'
import type { Secret } from './secret.ts'

/** What a key service may be for: epoch keys wrap personal data, `credentials` wraps provider keys, never the other way. */
export type WrapPurpose = Exclude<KeyPurpose, 'api_key_pepper'>

/** What a wrapped key is for. The same wrapped bytes under another context do not unwrap. */
export type WrapContext = readonly string[]

export type WrappedKey = { readonly keyId: string; readonly bytes: Buffer }

export type KeyService<Purpose extends WrapPurpose = WrapPurpose> = {
  readonly purpose: Purpose
  /** Wraps under the newest active key of the service's purpose. */
  readonly wrap: (key: Secret, context: WrapContext) => WrappedKey
  /** Throws keyring.key_missing (unknown key id) or credential.sealed_unreadable (altered, or another context). */
  readonly unwrap: (wrapped: WrappedKey, context: WrapContext) => Secret
  /** Moves a wrapped key under the newest active key. */
  readonly rewrap: (wrapped: WrappedKey, context: WrapContext) => WrappedKey
}
