import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { checkServers, judgeServer } from './check-servers.ts'
import type { ServerReading } from './read-servers.ts'
import { findToolPins, type ServerPins } from './store.ts'

/**
 * What the next version of an agent is held to: what its servers said a moment ago, where that is new, as it was, or approved.
 * An approval is written into the audit log. Throws tool.unreachable, tool.unusable or tool.changed.
 */
export async function checkPins(
  tx: AuditedTx,
  published: {
    readonly agentId: Uuid
    /** The current version. */
    readonly version: number | null
    readonly readings: readonly ServerReading[]
    readonly approvedTools: readonly string[]
  },
): Promise<readonly ServerPins[]> {
  const { agentId, version, readings, approvedTools } = published
  const pins = version === null || readings.length === 0 ? [] : await findToolPins(tx, { agentId, version })
  const judged = readings.map((reading) => judgeServer(reading, pins))
  const next = checkServers(judged, new Set(approvedTools))
  for (const { server, status, sha256 = null, approvedSha256 = null } of judged) {
    if (status !== 'changed') continue
    await tx.audit({
      action: 'tool.approved',
      target: { kind: 'agent', id: agentId },
      before: { server: server.name, sha256: approvedSha256 },
      after: { server: server.name, sha256 },
    })
  }
  return next
}
