/**
 * Threat: what was done cannot be proved later, or the log itself holds secrets or a stranger's flood of text.
 * Rule: one event is canonical bytes (RFC 8785) with their leaf hash (RFC 6962), written in the transaction of the act and
 * never read back by who writes it; what a stranger sent is cut.
 * On failure: the error of the database ends the transaction, and the act with it.
 */
import { encodeId, type IdKind, type Uuid } from '@hyponema/contract'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { principalName } from '../kernel/principal-name.ts'
import type { RequestContext } from '../kernel/request-context.ts'
import { canonicalJson } from '../platform/crypto/canonical-json.ts'
import { merkleLeaf } from '../platform/crypto/merkle-leaf.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'

/** What was done to what. `before` and `after` hold no secrets and no personal data, only commitments to them. */
export type AuditEntry = {
  /** noun.verb-in-the-past, such as `agent.published`. */
  readonly action: string
  readonly target: { readonly kind: IdKind; readonly id: Uuid }
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  readonly reason?: string
}

/** Who acted, when and from where. */
type AuditContext = {
  readonly clock: Clock
  readonly newId: NewId
  readonly actor: ReturnType<typeof principalName>
  readonly request?: RequestContext | undefined
}

/**
 * Writes one event and returns its id. For what must not commit without its event there is `auditedTransaction`; this is for what the worker and running sessions do in transactions of their own.
 */
export async function writeAuditEvent(tx: WorkspaceTx, options: AuditContext, entry: AuditEntry): Promise<Uuid> {
  const id = options.newId()
  const occurredAt = new Date(options.clock.nowMs())
  const { actor } = options
  const target = { kind: entry.target.kind, id: encodeId(entry.target.kind, entry.target.id) }
  // The header is what a stranger sent; it is kept for evidence and cut so that it cannot fill the log.
  const userAgent = options.request?.userAgent.slice(0, 500)
  const canonical = Buffer.from(
    canonicalJson({
      version: 1,
      id: encodeId('auditEvent', id),
      workspace: encodeId('workspace', tx.workspaceId),
      occurred_at: occurredAt.toISOString(),
      action: entry.action,
      actor,
      target,
      ...(options.request === undefined
        ? {}
        : { request_id: options.request.requestId, address: options.request.address, user_agent: userAgent }),
      ...(entry.before === undefined ? {} : { before: entry.before }),
      ...(entry.after === undefined ? {} : { after: entry.after }),
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    }),
  )
  // No RETURNING: the acting login proves nothing by reading its own event back.
  await tx.db
    .insertInto('tenant.audit_events')
    .values({
      workspace_id: tx.workspaceId,
      id,
      action: entry.action,
      actor_kind: actor.kind,
      actor_id: actor.id,
      target_kind: target.kind,
      target_id: target.id,
      request_id: options.request?.requestId ?? null,
      address: options.request?.address ?? null,
      user_agent: userAgent ?? null,
      canonical,
      leaf_hash: merkleLeaf(canonical),
      occurred_at: occurredAt,
    })
    .execute()
  return id
}
