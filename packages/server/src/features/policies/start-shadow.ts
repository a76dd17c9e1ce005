import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { findPolicyVersion, lastPolicyVersion, lockPolicy, setShadow } from './store.ts'

/** Has a version decide beside what is in force, for a share of the sessions that begin from now on; a share of 0 ends it. */
export async function startShadow(
  tx: AuditedTx,
  input: { clock: Clock; id: Uuid; version: number | undefined; share: number },
): Promise<void> {
  const { id, share } = input
  const policy = await lockPolicy(tx, id)
  if (policy === undefined) throw notFound('policy')
  const number = input.version ?? (await lastPolicyVersion(tx, id))
  const version = share === 0 ? null : number
  if (version !== null && (await findPolicyVersion(tx, id, version)) === undefined)
    throw new AppError('policy.version_not_found', `no version ${version}`)
  await setShadow(tx, { id, version, share, now: new Date(input.clock.nowMs()) })
  await tx.audit({
    action: 'policy.shadowed',
    target: { kind: 'policy', id },
    before: { shadow_version: policy.shadowVersion, share: policy.shadowShare },
    after: { shadow_version: version, share },
  })
}
