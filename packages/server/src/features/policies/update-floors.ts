/**
 * Threat: a rule that must hold everywhere is weakened in one workspace, or waits until a session is over.
 * Rule: floors are set on the host alone, stand above every workspace, and are audited in the log of the installation; the same
 * statement wakes every live session.
 * On failure: nothing is set, and what was in force stays.
 */
import { type PolicyDocument } from '@hyponema/contract'
import { canonicalPolicyText } from '@hyponema/policy'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import { sha256 } from '../../platform/crypto/sha256.ts'
import { findFloors, insertFloors } from './store.ts'

/** In the scope of the installation. Undefined takes all floors away. Returns the number of the set. */
export async function updateFloors(tx: AuditedTx, document: PolicyDocument | undefined): Promise<number> {
  const before = await findFloors(tx)
  const version = await insertFloors(tx, document)
  if (version === undefined) throw new AppError('server.internal', 'floors are set in the scope of the installation')
  await tx.audit({
    action: document === undefined ? 'floors.cleared' : 'floors.changed',
    target: { kind: 'workspace', id: tx.workspaceId },
    before: digestOf(before?.document),
    after: { version, ...digestOf(document) },
  })
  return version
}

function digestOf(document: PolicyDocument | undefined): Readonly<Record<string, string>> {
  return document === undefined ? {} : { sha256: sha256(canonicalPolicyText(document)).toString('hex') }
}
