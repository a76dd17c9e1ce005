import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { type KeyPurpose, keyPurposes } from '../platform/crypto/keyring.ts'

/** What can be rotated: the keys of the keyring, and those that sign the tokens of sessions and operators. */
export const rotatedPurposes = [...keyPurposes, 'session_tokens'] as const
export type RotatedPurpose = KeyPurpose | 'session_tokens'

/** `--purpose`; credentials where it is not given. */
export function readPurpose<Purpose extends RotatedPurpose>(
  text: string | undefined,
  allowed: readonly Purpose[],
): Purpose | 'credentials' {
  if (text === undefined) return 'credentials'
  const purpose = allowed.find((one) => one === text)
  if (purpose === undefined) throw new StartupRefusal(`--purpose is one of ${allowed.join(', ')}.`)
  return purpose
}
