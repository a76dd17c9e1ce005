import { encodeId, parseEmail, type Role } from '@hyponema/contract'
import { addMember } from '../features/members/public.ts'
import { findOrCreateIdentity } from '../features/sign-in/public.ts'
import { type AuditedTransaction, auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import type { Database } from '../platform/postgres/database.ts'

/** Makes a person and its membership. Returns the id as it is shown: `opr_...`. */
export async function addHostMember(
  act: AuditedTransaction & { database: Database },
  wanted: { email: string; role: Role; addedBy: string },
): Promise<string> {
  const email = parseEmail(wanted.email)
  if (email === undefined)
    throw new StartupRefusal(`"${wanted.email}" is no e-mail address; write one like ada@example.com.`)
  const { newId, clock } = act
  const identityId = await act.database.withIdentity((tx) => findOrCreateIdentity(tx, { email, newId }))
  const id = await auditedTransaction(act, (tx) => addMember(tx, { ...wanted, newId, clock, identityId, email }))
  return encodeId('operator', id)
}
