import type { Config } from '../config.ts'
import { AppError } from '../kernel/app-error.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { proveKeyService } from '../platform/crypto/prove-key-service.ts'
import type { Installation } from './open-installation.ts'

/** Refuses to serve with a key service that does not wrap and unwrap: a start should fail, and not the first credential. */
export async function proveCredentialKeys(
  { credentialKeys }: Pick<Installation, 'credentialKeys'>,
  { keyService }: Pick<Config, 'keyService'>,
): Promise<void> {
  // The keyring file has just been read.
  if (keyService.wrapsWith === 'keyring') return
  try {
    await proveKeyService(credentialKeys)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const settings = keyService.wrapsWith === 'vault' ? 'HYPONEMA_VAULT_*' : 'HYPONEMA_KMS_* and AWS_*'
    throw new StartupRefusal(
      `HYPONEMA_KEY_SERVICE is ${keyService.wrapsWith}, and a key that was wrapped there for a try did not come back: ${error.message}. Check ${settings}, that the service answers, and what its policy allows (docs/operations.md, "Where the key-encryption keys lie").`,
    )
  }
}
