/**
 * What the worker does to credentials. A wake-up, never an authority: the rows decide.
 *
 * credential_version  a version's grace is over -> revoked, its bytes gone | not yet: put again | nothing waits: nothing
 */
import type { Uuid } from '@hyponema/contract'
import { writeAuditEvent } from '../../guards/write-audit-event.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findNextEnd, revokeEndedVersions } from './store.ts'

export function credentialJobs(deps: { readonly clock: Clock; readonly newId: NewId }) {
  const endGrace = async (tx: WorkspaceTx, credentialId: Uuid): Promise<void> => {
    const now = new Date(deps.clock.nowMs())
    const versions = await revokeEndedVersions(tx, { credentialId, now })
    const nextEnd = await findNextEnd(tx, credentialId)
    if (nextEnd !== undefined) await tx.dispatchPut('credential_version', credentialId, nextEnd)
    if (versions.length === 0) return
    await writeAuditEvent(
      tx,
      { ...deps, actor: { kind: 'system', id: 'worker' } },
      {
        action: 'credential.version_revoked',
        target: { kind: 'credential', id: credentialId },
        after: { versions, revoked_at: now.toISOString() },
        reason: 'the grace is over',
      },
    )
  }
  return { endGrace }
}
