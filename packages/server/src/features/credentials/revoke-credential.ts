import { isManagedCredential, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { lockCredential, revokeVersions, setRevoked } from './store.ts'

/**
 * Ends a credential, or one version of it, at once: the bytes are gone with the commit, and every process wipes what its
 * running sessions had opened. Revoking it again changes nothing and leaves no event. Without `version` it is for good.
 */
export async function revokeCredential(
  tx: AuditedTx,
  input: { principal: Principal; clock: Clock; id: Uuid; version?: number },
): Promise<void> {
  const { id, version } = input
  const credential = await lockCredential(tx, id)
  if (credential === undefined) throw notFound('credential')
  if (isManagedCredential(credential)) throw new AppError('credential.managed', `credential ${id} is an endpoint's`)
  if (version !== undefined && version > credential.version) throw notFound('version of this credential')
  const now = new Date(input.clock.nowMs())
  const by = principalName(input.principal).id
  const place = { credentialId: id, by, now, ...(version === undefined ? {} : { version }) }
  const versions = await revokeVersions(tx, place)
  const isWhole = version === undefined && credential.revokedAt === null
  if (versions.length === 0 && !isWhole) return tx.withoutChange(undefined)
  if (isWhole) await setRevoked(tx, { id, now })
  await tx.signal('credential.revoked', id)
  await tx.audit({
    action: version === undefined ? 'credential.revoked' : 'credential.version_revoked',
    target: { kind: 'credential', id },
    after: { versions, revoked_at: now.toISOString() },
  })
}
