import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hkdf } from './hkdf.ts'
import { asKeyService } from './key-service.ts'
import { unwrapKey } from './key-wrap.ts'
import { loadOrCreateKeyring } from './keyring.ts'
import { keyringKeyService } from './keyring-key-service.ts'
import { lengthPrefixed } from './length-prefixed.ts'
import { describeKeyService, type KeyServiceStage } from './test-harness/describe-key-service.ts'
import {
  bytesOf,
  jsonList,
  keyringEntry,
  secretOf,
  standingClock,
  temporaryFolder,
  testKeyring,
} from './test-harness/key-fixtures.ts'

/** A keyring file that is edited as an operator's command would. */
async function fileStage(): Promise<KeyServiceStage> {
  const folder = temporaryFolder()
  const path = folder.path('keyring.json')
  const read = (): Record<string, unknown>[] => jsonList(readFileSync(path, 'utf8'), 'entries')
  const write = (entries: readonly Record<string, unknown>[]): void =>
    writeFileSync(path, JSON.stringify({ format: 1, entries }))
  await loadOrCreateKeyring(path, { clock: standingClock() })
  return {
    open: async () => {
      const keyring = await loadOrCreateKeyring(path, { clock: standingClock() })
      return {
        credentials: asKeyService(keyringKeyService(keyring, 'credentials')),
        epoch: asKeyService(keyringKeyService(keyring, 'epoch')),
      }
    },
    rotate: async (purpose) => write([...read(), keyringEntry(purpose, read().length + 1)]),
    retire: async (keyId) => write(read().filter(({ id }) => id !== keyId)),
    close: async () => folder.remove(),
  }
}

describeKeyService('of the keyring file', fileStage)

describe('the key service of the keyring file', () => {
  it('wraps with AES-256-KWP under HKDF-SHA-256 of the key, with purpose, key id and context as info', () => {
    const keyring = testKeyring()
    const wrapped = keyringKeyService(keyring, 'credentials').wrap(secretOf(9), ['a', 'b'])
    const info = lengthPrefixed(['hyponema wrap', 'credentials', 'credentials-1', 'a', 'b'])
    const wrapping = keyring
      .find('credentials', 'credentials-1')
      .key.use((key) => hkdf({ key, salt: Buffer.alloc(0), info, length: 32 }))
    expect(unwrapKey(wrapping, wrapped.bytes)).toEqual(bytesOf(secretOf(9)))
  })
})
