/**
 * Key-encryption keys in the transit engine of Vault or OpenBao.
 *
 * Threat: as in remote-key-service; and a wrapped key that was moved to another row is opened there.
 * Rule: `associated_data` holds the length-prefixed purpose, name of the key and context. The version of the key needs no place in
 * it: each version is a key of its own, so a ciphertext that is said to be of another one does not open. What is stored is the
 * ciphertext without its prefix `vault:vN:`; the id of the key is `NAME:vN`. `transit/rewrap` takes no associated data
 * (hashicorp/vault#29532, #31791), so a rewrap is a decrypt and an encrypt.
 * On failure: as in remote-key-service.
 */
import { z } from 'zod'
import { parseJson } from '../../kernel/parse-json.ts'
import type { KeyService, WrapPurpose, WrappedKey } from './key-service.ts'
import { boundContext, readDataKey } from './remote-key-service.ts'
import type { Secret } from './secret.ts'
import type { ServiceAnswer } from './service-call.ts'
import { keyUnreachable, notUnwrapped } from './service-failures.ts'
import { parseVaultKeyId, vaultKeyId } from './vault-key-id.ts'
import { askVault, type VaultAccess, vaultErrors } from './vault-request.ts'

const encrypted = z.object({ data: z.object({ ciphertext: z.string().max(1024) }) })
const decrypted = z.object({ data: z.object({ plaintext: z.base64() }) })
const ciphertextPattern = /^vault:v([1-9]\d{0,8}):([A-Za-z0-9+/]+={0,2})$/

/** What the engine says (status 400) of a ciphertext that is altered, or of another context. All else may be mended. */
const unreadable =
  /^(cipher: message authentication failed|invalid ciphertext: unable to decrypt|invalid ciphertext length|missing ciphertext to decrypt)$/

/** The newest version of the first key wraps; all versions that Vault still allows unwrap. */
export function vaultKeyService<Purpose extends WrapPurpose>(
  purpose: Purpose,
  names: readonly string[],
  access: VaultAccess,
): KeyService<Purpose> {
  const service: KeyService<Purpose> = {
    purpose,
    wrap: async (dataKey, context) => {
      const [name] = names
      if (name === undefined) throw keyUnreachable(`for ${purpose}`, 'HYPONEMA_VAULT_TRANSIT_KEY names none')
      const answer = await askVault(access, name, {
        method: 'POST',
        path: `encrypt/${name}`,
        body: {
          plaintext: dataKey.use((bytes) => bytes.toString('base64')),
          associated_data: boundContext(purpose, name, context),
        },
      })
      return readCiphertext(name, answer)
    },
    unwrap: async (wrapped, context) => {
      const key = parseVaultKeyId(wrapped.keyId)
      if (key === undefined || !names.includes(key.name))
        throw keyUnreachable(wrapped.keyId, 'it is no version of a key that HYPONEMA_VAULT_TRANSIT_KEY names')
      const answer = await askVault(access, wrapped.keyId, {
        method: 'POST',
        path: `decrypt/${key.name}`,
        body: {
          ciphertext: `vault:v${key.version}:${wrapped.bytes.toString('base64')}`,
          associated_data: boundContext(purpose, key.name, context),
        },
      })
      return readPlaintext(wrapped.keyId, answer)
    },
    rewrap: async (wrapped, context) => {
      const dataKey = await service.unwrap(wrapped, context)
      try {
        return await service.wrap(dataKey, context)
      } finally {
        dataKey.destroy()
      }
    },
  }
  return service
}

function readCiphertext(name: string, answer: ServiceAnswer): WrappedKey {
  const parsed = encrypted.safeParse(answer.status === 200 ? parseJson(answer.body) : undefined)
  const [, version, base64] = ciphertextPattern.exec(parsed.data?.data.ciphertext ?? '') ?? []
  if (base64 === undefined) throw keyUnreachable(name, `Vault answered encrypt with ${answer.status}`)
  return { keyId: vaultKeyId({ name, version: Number(version) }), bytes: Buffer.from(base64, 'base64') }
}

function readPlaintext(keyId: string, answer: ServiceAnswer): Secret {
  const parsed = decrypted.safeParse(answer.status === 200 ? parseJson(answer.body) : undefined)
  if (parsed.success) return readDataKey(keyId, parsed.data.data.plaintext)
  if (answer.status === 400 && vaultErrors(answer).some((sentence) => unreadable.test(sentence)))
    throw notUnwrapped(keyId, 'Vault says that it is not what was wrapped')
  throw keyUnreachable(keyId, `Vault answered decrypt with ${answer.status}`)
}
