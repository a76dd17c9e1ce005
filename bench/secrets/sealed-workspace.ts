import type { Uuid } from '@hyponema/contract'
import type { Installation } from '../../packages/server/src/commands/open-installation.ts'
import { insertCredential, sealNewCredential } from '../../packages/server/src/features/credentials/public.ts'
import { createWorkspace } from '../../packages/server/src/features/workspaces/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { provenScope, type WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createCredentialSealer } from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import { Secret } from '../../packages/server/src/platform/crypto/secret.ts'

const inOneTransaction = 500

/** A workspace with this many credentials, made as the API makes them. */
export async function sealedWorkspace(
  { database, credentialKeys }: Installation,
  count: number,
): Promise<{ readonly scope: WorkspaceScope; readonly credentialIds: readonly Uuid[] }> {
  const newId = idMaker(systemClock)
  const scope = provenScope(newId())
  const principal = { kind: 'system', scope, name: 'bench' } as const
  const act = { database, clock: systemClock, newId, scope, principal }
  const sealer = createCredentialSealer(credentialKeys)
  const secret = new Secret(Buffer.alloc(164, 'k'))
  const credentialIds = Array.from({ length: count }, newId)
  await auditedTransaction(act, (tx) => createWorkspace(tx, { name: 'Bench' }))
  for (let from = 0; from < count; from += inOneTransaction) {
    await database.withWorkspace(scope, async (tx) => {
      for (const id of credentialIds.slice(from, from + inOneTransaction)) {
        const named = { id, kind: 'model', provider: 'openai', label: 'bench', hint: 'kkkk', baseUrl: null } as const
        const place = { workspaceId: scope.workspaceId, credentialId: id, kind: named.kind }
        await insertCredential(tx, { ...named, createdBy: 'bench' }, await sealNewCredential(sealer, place, secret))
      }
    })
  }
  secret.destroy()
  return { scope, credentialIds }
}
