/** A process that seals without a pause until it is killed; what it needs comes as its first message. */
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { createSealer } from '../../packages/server/src/features/audit/public.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { loadOrCreateKeyring } from '../../packages/server/src/platform/crypto/keyring.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { loadEvidenceSigner } from '../../packages/server/src/platform/crypto/load-evidence-signer.ts'
import { claimDispatch } from '../../packages/server/src/platform/jobs/claim-dispatch.ts'
import { createFolderLogStore } from '../../packages/server/src/platform/objects/folder-log-store.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { createWithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'

const messageSchema = z.object({
  address: z.object({ host: z.string(), port: z.number(), database: z.string(), tls: z.literal('off') }),
  login: z.object({ user: z.string(), password: z.string() }),
  signingKeysPath: z.string(),
  objectsFolder: z.string(),
})

process.once('message', (message) => void seal(messageSchema.parse(message)))

async function seal({ address, login, signingKeysPath, objectsFolder }: z.infer<typeof messageSchema>): Promise<void> {
  const folder = dirname(signingKeysPath)
  const keyring = await loadOrCreateKeyring(join(folder, 'keyring.json'), { clock: systemClock })
  const keys = keyringKeyService(keyring, 'signing')
  const pool = openLoginPool({ address, login, limits: { maxConnections: 2 } })
  const sealer = createSealer({
    withWorkspace: createWithWorkspace(pool),
    claim: (most) => claimDispatch(pool, { ...most, holdMs: 1_000 }),
    logs: createFolderLogStore(objectsFolder),
    evidence: await loadEvidenceSigner(join(folder, 'evidence-keys.json'), { keys, clock: systemClock }),
    claimant: idMaker(systemClock)(),
    now: () => new Date(),
    onError: (error) => void process.send?.({ failed: String(error) }),
  })
  while (true) {
    const sealed = await sealer.runOnce()
    if (sealed > 0) process.send?.({ sealed })
  }
}
