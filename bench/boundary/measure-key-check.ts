import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeApiKey, parseApiKey } from '../../packages/server/src/guards/api-key-text.ts'
import { createApiKeyVerifier } from '../../packages/server/src/guards/verify-api-key.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { keyedHash } from '../../packages/server/src/platform/crypto/keyed-hash.ts'
import { loadOrCreateKeyring } from '../../packages/server/src/platform/crypto/keyring.ts'
import { randomSecret } from '../../packages/server/src/platform/crypto/random-secret.ts'
import type { StoredApiKey, UnprovenTx } from '../../packages/server/src/platform/postgres/with-unproven.ts'

const warmUp = 5_000

/** Microseconds of each check of a right key whose row is there at once: everything of it but the query. */
export async function measureKeyCheck(checks: number): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hyponema-bench-'))
  const keyring = await loadOrCreateKeyring(join(folder, 'keyring.json'), { clock: systemClock })
  try {
    const { text, stored } = makeKey(keyring)
    const verify = createApiKeyVerifier({
      database: { withUnproven: (_scope, lookUp) => lookUp(answering(stored)) },
      keyring,
      clock: systemClock,
      onUsed: () => undefined,
      onFailed: () => undefined,
    })
    const request = { requestId: 'req_bench', address: '192.0.2.1', userAgent: 'bench', origin: undefined }
    const took: number[] = []
    for (let check = -warmUp; check < checks; check += 1) {
      const startedMs = performance.now()
      await verify(text, request)
      if (check >= 0) took.push((performance.now() - startedMs) * 1000)
    }
    return took
  } finally {
    keyring.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A door whose answer is there already. */
function answering(stored: StoredApiKey): UnprovenTx {
  const tx = { findApiKey: () => Promise.resolve(stored) }
  if (!isUnprovenTx(tx)) throw new Error('no transaction')
  return tx
}

function isUnprovenTx(value: object): value is UnprovenTx {
  return 'findApiKey' in value
}

function makeKey(keyring: Awaited<ReturnType<typeof loadOrCreateKeyring>>): { text: string; stored: StoredApiKey } {
  const newId = idMaker(systemClock)
  const secret = randomSecret()
  const text = secret.use((bytes) => makeApiKey({ mode: 'live', workspaceId: newId(), keyId: newId() }, bytes))
  secret.destroy()
  const claim = parseApiKey(text)
  if (claim === undefined) throw new Error('the key that was made cannot be read')
  const pepper = keyring.active('api_key_pepper')
  const stored: StoredApiKey = {
    id: claim.keyId,
    mode: 'live',
    secretMac: keyedHash(pepper.key, text),
    pepperVersion: pepper.id,
    scopes: ['workspace:write', 'transcripts:read'],
    allowedAddresses: ['192.0.2.0/24', '2001:db8::/32'],
    allowedAgents: null,
    expiresAt: null,
    lastUsedAt: new Date(),
    revokedAt: null,
    isCanary: false,
  }
  return { text, stored }
}
