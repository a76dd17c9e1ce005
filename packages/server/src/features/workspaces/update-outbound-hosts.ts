import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { notFound } from '../../kernel/path-id.ts'
import { readSettings } from './read-settings.ts'
import { lockWorkspace, setSettings } from './store.ts'

/** Sets the hosts that calls of the workspace may go to; null takes the list away. Sessions that run keep the list they began with. */
export async function updateOutboundHosts(tx: AuditedTx, outboundHosts: readonly string[] | null): Promise<void> {
  const row = await lockWorkspace(tx)
  if (row === undefined) throw notFound('workspace')
  const before = readSettings(row.settings).outboundHosts
  const after = outboundHosts === null ? null : [...new Set(outboundHosts)]
  await setSettings(tx, { ...(row.settings instanceof Object ? row.settings : {}), outbound_hosts: after })
  await tx.audit({
    action: 'workspace.outbound_hosts_changed',
    target: { kind: 'workspace', id: tx.workspaceId },
    before: { outbound_hosts: before },
    after: { outbound_hosts: after },
  })
}
