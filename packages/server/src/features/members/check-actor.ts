import { permissions, type Role, type Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { lockOwnersAnd, type MemberRow } from './store.ts'

export type LockedMembers = {
  /** Who acts, as it is now. */
  readonly actor: MemberRow
  /** Undefined when there is no such member. */
  readonly target: MemberRow | undefined
  readonly owners: number
}

/**
 * Holds everybody whom a change of members depends on, and reads who acts anew: its role may have changed since its token
 * was looked at, by the very transaction that this one waited for.
 */
export async function checkActor(tx: WorkspaceTx, principal: Principal, targetId?: Uuid): Promise<LockedMembers> {
  // No key holds a permission on members, and nothing of the system acts here.
  if (principal.kind !== 'operator') throw new AppError('api_key.scope_missing', 'only operators manage members')
  const rows = await lockOwnersAnd(tx, targetId === undefined ? [principal.id] : [principal.id, targetId])
  const actor = rows.find(({ id }) => id === principal.id)
  if (actor === undefined) throw new AppError('member.token_stale', 'the member who acts is gone')
  return { actor, target: rows.find(({ id }) => id === targetId), owners: rows.filter(isOwner).length }
}

/** Throws unless the member may manage others now. */
export function requireManager(actor: MemberRow): void {
  if (!managesMembers(actor.role)) throw new AppError('member.token_stale', 'the member who acts was demoted')
}

export function managesMembers(role: Role): boolean {
  return permissions['members:write'].roles.some((one) => one === role)
}

export function isOwner({ role }: Pick<MemberRow, 'role'>): boolean {
  return role === 'owner'
}
