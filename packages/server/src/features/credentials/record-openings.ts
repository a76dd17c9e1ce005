import { encodeId, type Uuid } from '@hyponema/contract'
import { writeAuditEvent } from '../../guards/write-audit-event.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { addOpenings, type NewOpening } from './store.ts'

export type SessionOpening = NewOpening & { readonly sessionId: Uuid }

/** Adds up what sessions opened. The first opening of a session, version and purpose is an audit event. */
export async function recordOpenings(
  tx: WorkspaceTx,
  deps: { readonly clock: Clock; readonly newId: NewId },
  openings: readonly SessionOpening[],
): Promise<void> {
  if (openings.length === 0) return
  const first = new Set(await addOpenings(tx, openings))
  for (const { id, credentialId, sessionId, version, purpose } of openings) {
    if (!first.has(id)) continue
    const session = encodeId('session', sessionId)
    await writeAuditEvent(
      tx,
      { ...deps, actor: { kind: 'session_token', id: session } },
      {
        action: 'credential.opened',
        target: { kind: 'credential', id: credentialId },
        after: { session_id: session, version, purpose },
      },
    )
  }
}
