/**
 * Threat: refused targets leave no trace, their traces hold up the requests that were refused, or our memory, or who aims at our
 * network reads there what the answer did not say.
 * Rule: a refusal is told in the audit log of its workspace, with host and reason, written behind the answer, one after the other;
 * the door has put them together before, and what waits here is bounded. Of what was learnt from DNS it says one thing: a tenant's
 * administrators read it, so which inside names exist stands in the server's log only.
 * On failure: a log line says what was not written; the refusal itself stands.
 */
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import type { OutboundRefusal } from '../platform/outbound/refusal-log.ts'
import type { ServerParts } from './server-parts.ts'

export type OutboundAudit = {
  readonly add: (refusal: OutboundRefusal) => void
  /** Resolves when what waits is written. */
  readonly close: () => Promise<void>
}

/** Twenty a minute for each workspace come at most; a database that is away for a while loses none of fifty workspaces. */
const mostWaiting = 1000

const learntFromDns: ReadonlySet<OutboundRefusal['reason']> = new Set([
  'unresolvable',
  'address_not_public',
  'own_address',
])

export function createOutboundAudit(
  parts: Pick<ServerParts, 'clock' | 'newId' | 'log'> & {
    readonly database: ServerParts['installation']['database']
    readonly maxWaiting?: number
  },
): OutboundAudit {
  const { log, maxWaiting = mostWaiting } = parts
  const waiting: OutboundRefusal[] = []
  let writing: Promise<void> | undefined
  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const refusal = next
      await write(parts, refusal).catch((error: unknown) =>
        log.warn({ err: error, refusal }, 'a refused outbound target was not written to the audit log'),
      )
    }
    writing = undefined
  }
  return {
    add: (refusal) => {
      log.warn({ refusal }, 'an outbound target was refused')
      if (waiting.length >= maxWaiting) {
        log.warn({ refusal }, 'a refused outbound target was not written to the audit log: too many wait')
        return
      }
      waiting.push(refusal)
      writing ??= drain()
    },
    close: async () => writing,
  }
}

async function write(
  { database, clock, newId }: Parameters<typeof createOutboundAudit>[0],
  { workspaceId, host, reason, times, leftOut }: OutboundRefusal,
): Promise<void> {
  // The door was used in the name of this workspace, by a session, a delivery or an operator of it.
  const scope = provenScope(workspaceId)
  const principal = { kind: 'system', scope, name: 'outbound door' } as const
  await auditedTransaction({ database, clock, newId, scope, principal }, (tx) =>
    tx.audit({
      action: 'outbound.refused',
      target: { kind: 'workspace', id: workspaceId },
      after: {
        host: host ?? null,
        reason: reasonForTenants(reason),
        times,
        ...(leftOut === 0 ? {} : { left_out: leftOut }),
      },
    }),
  )
}

function reasonForTenants(reason: OutboundRefusal['reason']): string {
  return learntFromDns.has(reason) ? 'address_refused' : reason
}
