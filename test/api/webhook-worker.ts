import type { Uuid } from '@hyponema/contract'
import { addSealedVersion } from '../../packages/server/src/features/credentials/public.ts'
import {
  createDeliveries,
  type Deliveries,
  type Disabled,
} from '../../packages/server/src/features/deliveries/public.ts'
import { recordEvent } from '../../packages/server/src/features/webhooks/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createCredentialSealer } from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { newHmacSecret, renderHmacSecret } from '../../packages/server/src/platform/crypto/webhook-signature.ts'
import { claimDispatch } from '../../packages/server/src/platform/jobs/claim-dispatch.ts'
import { DeliveryLanes, type LaneSettings } from '../../packages/server/src/platform/jobs/delivery-lanes.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor, type OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import type { Database } from '../../packages/server/src/platform/postgres/database.ts'
import { type PlantedEndpoint, plantEndpoint } from '../delivery/plant-endpoint.ts'
import { type Receiver, startReceiver } from '../delivery/receiver.ts'
import { type Api, newId } from './api-harness.ts'
import { createdSession, type MadeAgent } from './made-things.ts'

export type WebhookWorker = {
  readonly receiver: Receiver
  readonly deliveries: Deliveries
  readonly disabled: readonly Disabled[]
  /** Throws when anything was told to nobody but the log since the last time. */
  readonly throwFailures: () => void
  /** A worker process of its own, as far as a test can have one. */
  readonly another: (changes?: {
    door?: Pick<OutboundDoor, 'fetch'>
    database?: Pick<Database, 'workerWithWorkspace'>
    lanes?: LaneSettings
    pollMs?: number
  }) => Deliveries
  readonly plant: (scope: WorkspaceScope, options?: Parameters<typeof plantEndpoint>[2]) => Promise<PlantedEndpoint>
  /** Gives it a second secret beside the first. Returns the new one as `whsec_...`. */
  readonly rotate: (scope: WorkspaceScope, webhook: PlantedEndpoint) => Promise<string>
  /** Records an event: of a session where one is given, about nobody otherwise. */
  readonly record: (scope: WorkspaceScope, of?: { sessionId?: Uuid; userId?: Uuid; createdAt?: Date }) => Promise<Uuid>
  /** Makes the events due that wait to be fanned out. */
  readonly makeDue: () => Promise<void>
  /** Makes everything due that waits in the queue, as time would, and delivers it. */
  readonly deliver: () => Promise<void>
  readonly door: OutboundDoor
  /** Forgets every endpoint, what waits in the queue and how the receiver answers; then throws what `throwFailures` throws. */
  readonly reset: () => Promise<void>
  readonly close: () => Promise<void>
}

/** The delivering part of a worker on the database and the clock of a test, and a receiver that its door may reach. */
export async function openWebhookWorker(api: Api): Promise<WebhookWorker> {
  const receiver = await startReceiver()
  const { database, keyring } = api.installation
  const sealer = createCredentialSealer(api.installation.credentialKeys)
  const contentKeys = createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId })
  const door = createOutboundDoor({
    allow: [parseAllowEntry(receiver.origin)],
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
    budget: { burst: 10_000, perSecond: 10_000, atOnce: 1_000 },
  })
  const disabled: Disabled[] = []
  const failures: unknown[] = []
  const all: Deliveries[] = []
  const another: WebhookWorker['another'] = (changes = {}) => {
    const made = createDeliveries({
      database: changes.database ?? database,
      claim: (most) => claimDispatch(database.logins.worker, most),
      door: changes.door ?? door,
      sealer,
      contentKeys,
      clock: api.clock,
      newId,
      random: () => 0,
      claimant: newId(),
      onDisabled: (_scope, one) => disabled.push(one),
      onError: (error) => failures.push(error),
      ...(changes.lanes === undefined ? {} : { lanes: new DeliveryLanes(changes.lanes) }),
      ...(changes.pollMs === undefined ? {} : { pollMs: changes.pollMs }),
    })
    all.push(made)
    return made
  }
  const deliveries = another()
  const makeDue = (kind: string) =>
    api.ask('update app.dispatch set due_at = now() where kind = $1 and holder is null', [kind])
  const throwFailures = (): void => {
    const found = failures.splice(0)
    if (found.length > 0) throw new AggregateError(found, 'a worker told of failures')
  }
  return {
    receiver,
    deliveries,
    disabled,
    throwFailures,
    another,
    door,
    makeDue: async () => void (await makeDue('outbox')),
    plant: (scope, options) => plantEndpoint({ database, sealer, newId, origin: receiver.origin }, scope, options),
    rotate: async (scope, { hmacCredentialId: credentialId }) => {
      const secret = newHmacSecret()
      const revokeOthersAfter = new Date(Date.now() + 3_600_000)
      await database.withWorkspace(scope, (tx) =>
        addSealedVersion(tx, { credentialId, secret, hint: 'test', createdBy: 'test', revokeOthersAfter, sealer }),
      )
      return renderHmacSecret(secret)
    },
    record: async (scope, { sessionId, userId, createdAt } = {}) => {
      const id = newId()
      await database.withWorkspace(scope, (tx) =>
        recordEvent(tx, {
          id,
          type: 'webhook.disabled',
          userId: userId ?? null,
          sessionId: sessionId ?? null,
          contentKeys,
          createdAt: createdAt ?? new Date(api.clock.nowMs()),
          data: {
            webhook_id: 'whk_01jd3v4k9ra8e3d7q4p9x0w1g2',
            reason: 'failing',
            failing_since: null,
            last_success_at: null,
          },
        }),
      )
      return id
    },
    deliver: async () => {
      // Where the clock of a test is ahead, what is due by that clock is not yet due by the database's, which the queue goes by.
      for (const kind of ['outbox', 'webhook']) {
        await makeDue(kind)
        await deliveries.runOnce()
      }
    },
    reset: async () => {
      receiver.answerWith(() => ({ status: 200 }))
      await api.ask('delete from tenant.webhooks')
      await api.ask(`delete from app.dispatch where kind in ('outbox', 'webhook', 'webhook_care')`)
      throwFailures()
    },
    close: async () => {
      await Promise.all(all.map((one) => one.stop()))
      await door.close()
      await receiver.close()
    },
  }
}

/** Ids of a session of this person, and of the person. */
export async function sessionOf(
  api: Api,
  agent: MadeAgent,
  person: string,
): Promise<{ sessionId: Uuid; userId: Uuid }> {
  const session = await createdSession(api.a, agent, { user_id: person })
  const [row] = await api.ask<{ user_id: Uuid }>('select user_id from tenant.sessions where id = $1', [session.uuid])
  if (row === undefined) throw new Error('no session')
  return { sessionId: session.uuid, userId: row.user_id }
}
