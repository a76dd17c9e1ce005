import { encodeId, type Uuid } from '@hyponema/contract'
import { openInstallation } from '../../packages/server/src/commands/open-installation.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { createDeliveries, type Deliveries } from '../../packages/server/src/features/deliveries/public.ts'
import { recordEvent } from '../../packages/server/src/features/webhooks/public.ts'
import { createWorkspace } from '../../packages/server/src/features/workspaces/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { provenScope, type WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createCredentialSealer } from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { claimDispatch } from '../../packages/server/src/platform/jobs/claim-dispatch.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { plantEndpoint } from '../../test/delivery/plant-endpoint.ts'
import type { BenchCluster } from '../boundary/bench-cluster.ts'

export type WebhookBench = {
  readonly makeScope: () => Promise<WorkspaceScope>
  readonly plant: (scope: WorkspaceScope, path: string) => Promise<unknown>
  /** Records events of one size in one transaction, and returns their public ids. */
  readonly record: (scope: WorkspaceScope, count: number) => Promise<readonly string[]>
  /** The delivering part of a worker as it runs in the product; only its budget for one host is larger. */
  readonly openWorker: () => Deliveries
  readonly close: () => Promise<void>
}

const newId = idMaker(systemClock)

/** An installation on the bench's database whose door may reach the receiver, by an entry of the installation. */
export async function openWebhookBench(cluster: BenchCluster, receiverPort: number): Promise<WebhookBench> {
  const config = readConfig({ environment: { HYPONEMA_HOME: cluster.home } })
  const installation = await openInstallation({ config, clock: systemClock, address: cluster.address })
  const { database, keyring, credentialKeys } = installation
  const origin = `http://127.0.0.1:${receiverPort}`
  const sealer = createCredentialSealer(credentialKeys)
  const contentKeys = createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId })
  const door = createOutboundDoor({
    allow: [parseAllowEntry(origin)],
    ownNames: [],
    ownAddresses: [],
    budget: { burst: 1_000_000, perSecond: 1_000_000, atOnce: 1_000 },
  })
  return {
    makeScope: async () => {
      const scope = provenScope(newId())
      const principal = { kind: 'system', scope, name: 'bench' } as const
      await auditedTransaction({ database, clock: systemClock, newId, scope, principal }, (tx) =>
        createWorkspace(tx, { name: 'Bench' }),
      )
      return scope
    },
    plant: (scope, path) => plantEndpoint({ database, sealer, newId, origin }, scope, { path }),
    record: (scope, count) =>
      database.withWorkspace(scope, async (tx) => {
        const ids: Uuid[] = Array.from({ length: count }, newId)
        for (const id of ids)
          await recordEvent(tx, {
            id,
            type: 'transcript.ready',
            userId: null,
            sessionId: id,
            contentKeys,
            createdAt: new Date(),
            data: { session_id: encodeId('session', id), turn_count: 12 },
          })
        return ids.map((id) => encodeId('event', id))
      }),
    openWorker: () =>
      createDeliveries({
        database,
        claim: (most) => claimDispatch(database.logins.worker, most),
        door,
        sealer,
        contentKeys,
        clock: systemClock,
        newId,
        random: () => 0.5,
        claimant: newId(),
        onDisabled: () => undefined,
        onError: (error) => console.error(error),
      }),
    close: async () => {
      await door.close()
      await database.close()
      keyring.destroy()
    },
  }
}
