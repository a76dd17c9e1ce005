import type { Uuid } from '@hyponema/contract'
import { insertCredential, sealNewCredential } from '../../packages/server/src/features/credentials/public.ts'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import type { CredentialSealer } from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import type { Secret } from '../../packages/server/src/platform/crypto/secret.ts'
import {
  newEd25519Secret,
  newHmacSecret,
  renderHmacSecret,
} from '../../packages/server/src/platform/crypto/webhook-signature.ts'
import type { Database } from '../../packages/server/src/platform/postgres/database.ts'
import type { WorkspaceTx } from '../../packages/server/src/platform/postgres/workspace-tx.ts'

export type PlantedEndpoint = {
  readonly id: Uuid
  readonly path: string
  readonly hmacCredentialId: Uuid
  /** `whsec_...` */
  readonly secret: string
  /** `whpk_...`, where it signs with Ed25519 too. */
  readonly publicKey: string | null
}

export type PlantParts = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly sealer: CredentialSealer
  readonly newId: () => Uuid
  /** `http://127.0.0.1:PORT` of the receiver. */
  readonly origin: string
}

/** An endpoint that has proved itself, written beside the API: what is tested here begins after that. */
export async function plantEndpoint(
  parts: PlantParts,
  scope: WorkspaceScope,
  options: { path?: string; url?: string; eventTypes?: readonly string[]; ordered?: boolean; ed25519?: boolean } = {},
): Promise<PlantedEndpoint> {
  const { database, newId, origin } = parts
  const [id, hmacCredentialId, ed25519CredentialId] = [newId(), newId(), newId()]
  const path = options.path ?? `/${id}`
  const hmac = newHmacSecret()
  const ed25519 = options.ed25519 === true ? newEd25519Secret() : undefined
  await database.withWorkspace(scope, async (tx) => {
    await seal(tx, parts, { id: hmacCredentialId, provider: 'standard_webhooks', secret: hmac })
    if (ed25519 !== undefined) {
      const { secret } = ed25519
      await seal(tx, parts, { id: ed25519CredentialId, provider: 'standard_webhooks_ed25519', secret })
    }
    await tx.db
      .insertInto('tenant.webhooks')
      .values({
        workspace_id: tx.workspaceId,
        id,
        url: options.url ?? `${origin}${path}`,
        event_types: [...(options.eventTypes ?? ['*'])],
        ordered: options.ordered ?? false,
        state: 'enabled',
        disabled_reason: null,
        hmac_credential_id: hmacCredentialId,
        ed25519_credential_id: ed25519 === undefined ? null : ed25519CredentialId,
        public_key: ed25519?.publicKey ?? null,
        verified_at: new Date(),
        failing_since: null,
        last_success_at: null,
        last_attempt_at: null,
        created_by: 'test',
      })
      .execute()
  })
  return { id, path, hmacCredentialId, secret: renderHmacSecret(hmac), publicKey: ed25519?.publicKey ?? null }
}

async function seal(
  tx: WorkspaceTx,
  { sealer }: PlantParts,
  { id, provider, secret }: { id: Uuid; provider: string; secret: Secret },
): Promise<void> {
  const kind = 'webhook'
  const sealed = await sealNewCredential(sealer, { workspaceId: tx.workspaceId, credentialId: id, kind }, secret)
  const named = { id, kind, provider, label: 'test', hint: 'test', baseUrl: null, createdBy: 'test' } as const
  await insertCredential(tx, named, sealed)
}
