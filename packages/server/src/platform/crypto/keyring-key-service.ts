import { AppError } from '../../kernel/app-error.ts'
import { hkdf } from './hkdf.ts'
import type { LocalKeyService, WrapContext, WrapPurpose } from './key-service.ts'
import { unwrapKey, wrapKey } from './key-wrap.ts'
import type { Keyring } from './keyring.ts'
import { lengthPrefixed } from './length-prefixed.ts'
import { Secret } from './secret.ts'

/**
 * Wraps with the keyring: per context a wrapping key by HKDF-SHA-256(key-encryption key, info = length-prefixed purpose,
 * key id and context), then AES-256-KWP (RFC 5649), since KWP itself binds nothing.
 */
export function keyringKeyService<Purpose extends WrapPurpose>(
  keyring: Keyring,
  purpose: Purpose,
): LocalKeyService<Purpose> {
  const service: LocalKeyService<Purpose> = {
    purpose,
    wrap: (key, context) => {
      const entry = keyring.active(purpose)
      return {
        keyId: entry.id,
        bytes: withWrappingKey(entry, context, (wrapping) => key.use((bytes) => wrapKey(wrapping, bytes))),
      }
    },
    unwrap: (wrapped, context) => {
      const entry = keyring.find(purpose, wrapped.keyId)
      const bytes = withWrappingKey(entry, context, (wrapping) => unwrapKey(wrapping, wrapped.bytes))
      if (bytes === undefined)
        throw new AppError('credential.sealed_unreadable', `a key wrapped under ${wrapped.keyId} does not unwrap here`)
      const secret = new Secret(bytes)
      bytes.fill(0)
      return secret
    },
    rewrap: (wrapped, context) => {
      const key = service.unwrap(wrapped, context)
      try {
        return service.wrap(key, context)
      } finally {
        key.destroy()
      }
    },
  }
  return service
}

function withWrappingKey<T>(
  entry: ReturnType<Keyring['find']>,
  context: WrapContext,
  work: (wrapping: Buffer) => T,
): T {
  const info = lengthPrefixed(['hyponema wrap', entry.purpose, entry.id, ...context])
  const wrapping = entry.key.use((key) => hkdf({ key, salt: Buffer.alloc(0), info, length: 32 }))
  try {
    return work(wrapping)
  } finally {
    wrapping.fill(0)
  }
}
