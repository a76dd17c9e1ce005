import type { LocalKeyService } from './key-service.ts'
import { replaceSecretFile } from './replace-secret-file.ts'
import {
  openSigningKeys,
  parseSigningKeys,
  renderSigningKeys,
  type SigningKeyUse,
  signingWrapContext,
} from './signing-key-file.ts'

/**
 * Moves the wraps of all private keys in the file under the newest key of the keyring and returns how many there were to move.
 * The sealed keys themselves stay as they are. A file of which one key does not open is left alone.
 */
export async function rewrapSigningKeys(
  path: string,
  options: { keys: LocalKeyService<'signing'>; activeId: string; use?: SigningKeyUse },
): Promise<number> {
  const { keys, activeId, use = 'sig' } = options
  return replaceSecretFile(path, async (text) => {
    openSigningKeys(path, text, keys, use)
    const stored = parseSigningKeys(path, text, use)
    const moved = stored.map((key) => {
      if (key.wrapping_key_id === activeId) return key
      const bytes = Buffer.from(key.wrapped_key, 'base64')
      const wrapped = keys.rewrap({ keyId: key.wrapping_key_id, bytes }, signingWrapContext(key.id))
      return { ...key, wrapped_key: wrapped.bytes.toString('base64'), wrapping_key_id: wrapped.keyId }
    })
    const rendered = renderSigningKeys(moved)
    openSigningKeys(path, rendered, keys, use)
    return { text: rendered, made: stored.filter((key) => key.wrapping_key_id !== activeId).length }
  })
}
