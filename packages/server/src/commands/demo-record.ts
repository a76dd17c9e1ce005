import { decodeId, encodeId, idSchema, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import { parseJson } from '../kernel/parse-json.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import type { Installation } from './open-installation.ts'

/** The demo's workspace and its agent. */
export type DemoPlace = { readonly workspaceId: Uuid; readonly agentId: Uuid }

const seeded = 'demo.seeded'

const eventSchema = z.object({ target: z.object({ id: z.string() }), after: z.object({ agent: idSchema('agent') }) })

/**
 * Where the demo is, as the installation's own log remembers it. No login sees more than one workspace, so without this
 * nobody could find the demo again whose file is lost.
 */
export async function findDemoRecord({ database }: Installation): Promise<DemoPlace | undefined> {
  const row = await database.withWorkspace(installationScope(), (tx) =>
    tx.db
      .selectFrom('tenant.audit_events')
      .select('canonical')
      .where('action', '=', seeded)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst(),
  )
  const event = eventSchema.safeParse(parseJson(row?.canonical.toString('utf8') ?? ''))
  const workspaceId = decodeId('workspace', event.data?.target.id ?? '')
  const agentId = decodeId('agent', event.data?.after.agent ?? '')
  return workspaceId === undefined || agentId === undefined ? undefined : { workspaceId, agentId }
}

export async function recordDemo(
  { installation, clock, newId }: { installation: Installation; clock: Clock; newId: NewId },
  { workspaceId, agentId }: DemoPlace,
): Promise<void> {
  const scope = installationScope()
  const principal = { kind: 'system', scope, name: 'demo-seed' } as const
  await auditedTransaction({ database: installation.database, clock, newId, scope, principal }, (tx) =>
    tx.audit({
      action: seeded,
      target: { kind: 'workspace', id: workspaceId },
      after: { agent: encodeId('agent', agentId) },
    }),
  )
}
