/**
 * The port through which `hyponema keys` looks after the key-encryption keys of purpose `credentials` that lie in a service.
 * AWS KMS and Vault each have one; `Installation.keyAdministration` is that of all configured services together. What uses a key
 * is known to the database only, so whoever retires one hands the ids in use along.
 */

/** `active` wraps and unwraps (one at a time), `retiring` unwraps only. What is retired is not listed. */
export type AdministeredKey = { readonly id: string; readonly state: 'active' | 'retiring' }

/** Each rejects with a StartupRefusal that says what the operator does next, or with keyring.key_missing. */
export type KeyAdministration = {
  /** The active key first. */
  readonly list: () => Promise<readonly AdministeredKey[]>
  /**
   * Makes a new active key and returns its id; nothing is rewrapped yet. Refused with what to do instead where keys are made
   * by the operator (AWS KMS: a new key's ARN is written first in HYPONEMA_KMS_KEYS).
   */
  readonly rotate: () => Promise<string>
  /**
   * Makes a retiring key unusable for good. `inUse` are the ids of `kek_id` that rows still bear: refused while `id`, or a key
   * that would go with it (Vault retires every version below, too), is among them, and for the active key.
   */
  readonly retire: (id: string, inUse: ReadonlySet<string>) => Promise<void>
}
