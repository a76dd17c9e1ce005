import type { Role, Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type MemberRow = {
  readonly id: Uuid
  readonly identityId: Uuid
  readonly email: string
  readonly role: Role
  readonly version: number
  readonly addedBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

export type InvitationRow = {
  readonly id: Uuid
  readonly email: string
  readonly role: Role
  readonly invitedBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly acceptedAt: Date | null
  readonly revokedAt: Date | null
}

const memberColumns = [
  'id',
  'identity_id as identityId',
  'email',
  'role',
  'version',
  'added_by as addedBy',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const

const invitationColumns = [
  'id',
  'email',
  'role',
  'invited_by as invitedBy',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'accepted_at as acceptedAt',
  'revoked_at as revokedAt',
] as const

/** False when the person, or somebody with this address, is a member already. */
export async function insertMember(
  tx: WorkspaceTx,
  member: { id: Uuid; identityId: Uuid; email: string; role: Role; addedBy: string; now: Date },
): Promise<boolean> {
  const inserted = await tx.db
    .insertInto('tenant.memberships')
    .values({
      workspace_id: tx.workspaceId,
      id: member.id,
      identity_id: member.identityId,
      email: member.email,
      role: member.role,
      added_by: member.addedBy,
      created_at: member.now,
      updated_at: member.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function findMember(tx: WorkspaceTx, id: Uuid): Promise<MemberRow | undefined> {
  return tx.db.selectFrom('tenant.memberships').select(memberColumns).where('id', '=', id).executeTakeFirst()
}

/** The member as it is now, and stays until the transaction ends. */
export async function holdMember(tx: WorkspaceTx, id: Uuid): Promise<MemberRow | undefined> {
  return tx.db.selectFrom('tenant.memberships').select(memberColumns).where('id', '=', id).forShare().executeTakeFirst()
}

export async function findMemberByEmail(tx: WorkspaceTx, email: string): Promise<MemberRow | undefined> {
  return tx.db.selectFrom('tenant.memberships').select(memberColumns).where('email', '=', email).executeTakeFirst()
}

export async function listMembers(tx: WorkspaceTx, page: { cursor: Cursor; limit: number }): Promise<MemberRow[]> {
  let query = tx.db
    .selectFrom('tenant.memberships')
    .select(memberColumns)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

/** Of everybody who manages the workspace. */
export async function listManagerEmails(tx: WorkspaceTx): Promise<readonly string[]> {
  const rows = await tx.db
    .selectFrom('tenant.memberships')
    .select('email')
    .where((match) => match.or([match('role', '=', 'owner'), match('role', '=', 'admin')]))
    .orderBy('id')
    .execute()
  return rows.map(({ email }) => email)
}

/**
 * Holds every owner and the named members until the transaction ends, and returns them as they are then. Always in the
 * order of their ids, so that two who change each other wait and do not lock each other out.
 */
export async function lockOwnersAnd(tx: WorkspaceTx, ids: readonly Uuid[]): Promise<MemberRow[]> {
  return tx.db
    .selectFrom('tenant.memberships')
    .select(memberColumns)
    .where((match) => match.or([match('role', '=', 'owner'), match('id', '=', match.fn.any(match.val([...ids])))]))
    .orderBy('id')
    .forUpdate()
    .execute()
}

export async function setMemberRole(tx: WorkspaceTx, member: { id: Uuid; role: Role; now: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.memberships')
    .set({ role: member.role, version: sql<number>`version + 1`, updated_at: member.now })
    .where('id', '=', member.id)
    .execute()
}

/** Ends every access token of the member that was issued until now. */
export async function bumpMemberVersion(tx: WorkspaceTx, id: Uuid): Promise<void> {
  await tx.db
    .updateTable('tenant.memberships')
    .set({ version: sql<number>`version + 1` })
    .where('id', '=', id)
    .execute()
}

/** Its sign-ins go with it. */
export async function deleteMemberRow(tx: WorkspaceTx, id: Uuid): Promise<void> {
  await tx.db.deleteFrom('tenant.memberships').where('id', '=', id).execute()
}

/** False when an invitation to this address is open. */
export async function insertInvitation(
  tx: WorkspaceTx,
  invitation: {
    id: Uuid
    email: string
    role: Role
    secretSha256: Buffer
    invitedBy: string
    now: Date
    expiresAt: Date
  },
): Promise<boolean> {
  const inserted = await tx.db
    .insertInto('tenant.invitations')
    .values({
      workspace_id: tx.workspaceId,
      id: invitation.id,
      email: invitation.email,
      role: invitation.role,
      secret_sha256: invitation.secretSha256,
      invited_by: invitation.invitedBy,
      created_at: invitation.now,
      expires_at: invitation.expiresAt,
      accepted_at: null,
      revoked_at: null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'email'])
        .where((match) => match.and([match('accepted_at', 'is', null), match('revoked_at', 'is', null)]))
        .doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function findInvitationRow(tx: WorkspaceTx, id: Uuid): Promise<InvitationRow | undefined> {
  return tx.db.selectFrom('tenant.invitations').select(invitationColumns).where('id', '=', id).executeTakeFirst()
}

export async function lockInvitation(tx: WorkspaceTx, id: Uuid): Promise<InvitationRow | undefined> {
  return tx.db
    .selectFrom('tenant.invitations')
    .select(invitationColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

export async function listInvitations(
  tx: WorkspaceTx,
  page: { cursor: Cursor; limit: number },
): Promise<InvitationRow[]> {
  let query = tx.db
    .selectFrom('tenant.invitations')
    .select(invitationColumns)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

/** A new secret, and the days begin anew: the link that was sent before opens nothing any more. */
export async function renewInvitation(
  tx: WorkspaceTx,
  invitation: { id: Uuid; secretSha256: Buffer; expiresAt: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.invitations')
    .set({ secret_sha256: invitation.secretSha256, expires_at: invitation.expiresAt })
    .where('id', '=', invitation.id)
    .execute()
}

export async function markAccepted(tx: WorkspaceTx, id: Uuid, now: Date): Promise<void> {
  await tx.db.updateTable('tenant.invitations').set({ accepted_at: now }).where('id', '=', id).execute()
}

export async function markRevoked(tx: WorkspaceTx, ids: readonly Uuid[], now: Date): Promise<void> {
  await tx.db
    .updateTable('tenant.invitations')
    .set({ revoked_at: now })
    .where((match) => match('id', '=', match.fn.any(match.val([...ids]))))
    .execute()
}

/** Open invitations, expired ones included, to one address or by one member; held until the transaction ends. */
export async function lockOpenInvitations(
  tx: WorkspaceTx,
  which: { email: string } | { invitedBy: string },
): Promise<InvitationRow[]> {
  const open = tx.db
    .selectFrom('tenant.invitations')
    .select(invitationColumns)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
  const chosen =
    'email' in which ? open.where('email', '=', which.email) : open.where('invited_by', '=', which.invitedBy)
  return chosen.orderBy('id').forUpdate().execute()
}

export type RefreshFamilyRow = {
  readonly id: Uuid
  readonly membershipId: Uuid
  readonly secretSha256: Buffer
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

export type RefreshTokenRow = {
  readonly id: Uuid
  readonly expiresAt: Date
  readonly usedAt: Date | null
  readonly replacedAt: Date | null
}

const tokenColumns = ['id', 'expires_at as expiresAt', 'used_at as usedAt', 'replaced_at as replacedAt'] as const

export async function insertFamily(
  tx: WorkspaceTx,
  family: { id: Uuid; membershipId: Uuid; secretSha256: Buffer; userAgent: string; now: Date; expiresAt: Date },
): Promise<void> {
  await tx.db
    .insertInto('tenant.refresh_families')
    .values({
      workspace_id: tx.workspaceId,
      id: family.id,
      membership_id: family.membershipId,
      secret_sha256: family.secretSha256,
      user_agent: family.userAgent.slice(0, 500),
      created_at: family.now,
      expires_at: family.expiresAt,
      revoked_at: null,
      revoked_for: null,
    })
    .execute()
}

/** Everything that a family does, it does one after the other, under this lock. */
export async function lockFamily(tx: WorkspaceTx, id: Uuid): Promise<RefreshFamilyRow | undefined> {
  return tx.db
    .selectFrom('tenant.refresh_families')
    .select([
      'id',
      'membership_id as membershipId',
      'secret_sha256 as secretSha256',
      'expires_at as expiresAt',
      'revoked_at as revokedAt',
    ])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

export async function extendFamily(tx: WorkspaceTx, id: Uuid, expiresAt: Date): Promise<void> {
  await tx.db.updateTable('tenant.refresh_families').set({ expires_at: expiresAt }).where('id', '=', id).execute()
}

/** Ends one family, or all of a member. Returns the ids of those that had not ended before. */
export async function revokeFamilies(
  tx: WorkspaceTx,
  which: { familyId: Uuid } | { membershipId: Uuid },
  reason: { now: Date; revokedFor: 'signed_out' | 'signed_out_everywhere' | 'reused' },
): Promise<Uuid[]> {
  const update = tx.db
    .updateTable('tenant.refresh_families')
    .set({ revoked_at: reason.now, revoked_for: reason.revokedFor })
    .where('revoked_at', 'is', null)
  const chosen =
    'familyId' in which
      ? update.where('id', '=', which.familyId)
      : update.where('membership_id', '=', which.membershipId)
  return (await chosen.returning('id').execute()).map(({ id }) => id)
}

export async function insertToken(
  tx: WorkspaceTx,
  token: { id: Uuid; familyId: Uuid; parentId: Uuid | null; tokenSha256: Buffer; now: Date; expiresAt: Date },
): Promise<void> {
  await tx.db
    .insertInto('tenant.refresh_tokens')
    .values({
      workspace_id: tx.workspaceId,
      id: token.id,
      family_id: token.familyId,
      parent_id: token.parentId,
      token_sha256: token.tokenSha256,
      created_at: token.now,
      expires_at: token.expiresAt,
      used_at: null,
      replaced_at: null,
    })
    .execute()
}

export async function findToken(tx: WorkspaceTx, id: Uuid): Promise<RefreshTokenRow | undefined> {
  return tx.db.selectFrom('tenant.refresh_tokens').select(tokenColumns).where('id', '=', id).executeTakeFirst()
}

/** The child of a used token that no sibling has replaced: one at most. */
export async function findLiveChild(
  tx: WorkspaceTx,
  token: { familyId: Uuid; id: Uuid },
): Promise<RefreshTokenRow | undefined> {
  return tx.db
    .selectFrom('tenant.refresh_tokens')
    .select(tokenColumns)
    .where('family_id', '=', token.familyId)
    .where('parent_id', '=', token.id)
    .where('replaced_at', 'is', null)
    .executeTakeFirst()
}

export async function markTokenUsed(tx: WorkspaceTx, id: Uuid, now: Date): Promise<void> {
  await tx.db.updateTable('tenant.refresh_tokens').set({ used_at: now }).where('id', '=', id).execute()
}

export async function markTokenReplaced(tx: WorkspaceTx, id: Uuid, now: Date): Promise<void> {
  await tx.db.updateTable('tenant.refresh_tokens').set({ replaced_at: now }).where('id', '=', id).execute()
}

/** Kept until then only to be recognised when they come back. */
export async function deleteExpiredTokens(tx: WorkspaceTx, familyId: Uuid, now: Date): Promise<void> {
  await tx.db
    .deleteFrom('tenant.refresh_tokens')
    .where('family_id', '=', familyId)
    .where('expires_at', '<', now)
    .execute()
}
