import type { Role } from '@hyponema/contract'
import { findMemberByEmail } from '../features/members/public.ts'
import type { AuditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import type { Database } from '../platform/postgres/database.ts'
import { addHostMember } from './add-host-member.ts'

export type HostMember = NonNullable<Awaited<ReturnType<typeof findMemberByEmail>>>

/**
 * The demo's member of a role, `owner@demo.invalid` and so on, made where there is none. No mail reaches a name below
 * `.invalid` (RFC 2606), so nobody but whoever sits at this host can sign in as it.
 */
export function demoMember(act: AuditedTransaction & { database: Database }, role: Role): Promise<HostMember> {
  return findOrAddMember(act, { email: `${role}@demo.invalid`, role, addedBy: 'demo-seed' })
}

/** The member of this address, made with that role where there is none. */
async function findOrAddMember(
  act: AuditedTransaction & { database: Database },
  wanted: { email: string; role: Role; addedBy: string },
): Promise<HostMember> {
  const find = () => act.database.withWorkspace(act.scope, (tx) => findMemberByEmail(tx, wanted.email))
  const known = await find()
  if (known !== undefined) return known
  await addHostMember(act, wanted)
  const made = await find()
  if (made === undefined) throw new StartupRefusal(`${wanted.email} was made a member and is not there; run it again.`)
  return made
}
