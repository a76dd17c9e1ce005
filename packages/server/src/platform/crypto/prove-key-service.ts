import { timingSafeEqual } from 'node:crypto'
import { AppError } from '../../kernel/app-error.ts'
import type { KeyService } from './key-service.ts'
import { randomSecret } from './random-secret.ts'

/** Wraps a key that nobody uses and unwraps it again. Rejects as the service does, or where another key comes back. */
export async function proveKeyService(keys: KeyService): Promise<void> {
  const key = randomSecret()
  try {
    const wrapped = await keys.wrap(key, ['probe'])
    const back = await keys.unwrap(wrapped, ['probe'])
    const same = key.use((one) => back.use((other) => one.length === other.length && timingSafeEqual(one, other)))
    back.destroy()
    if (!same) throw new AppError('keyring.key_missing', `another key came back from ${wrapped.keyId}`)
  } finally {
    key.destroy()
  }
}
