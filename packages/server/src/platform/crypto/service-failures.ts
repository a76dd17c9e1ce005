import { AppError } from '../../kernel/app-error.ts'

/** A key service did not give what was asked for, or could not be asked. The detail names the key and never repeats an answer. */
export function keyUnreachable(keyId: string, why: string): AppError {
  return new AppError('keyring.key_missing', `the key ${keyId} cannot be used: ${why}`)
}

/** What a key service opened is not what was wrapped there. */
export function notUnwrapped(keyId: string, why: string): AppError {
  return new AppError('credential.sealed_unreadable', `a key wrapped under ${keyId} does not unwrap here: ${why}`)
}
