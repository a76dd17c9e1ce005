import { encodeId, holdsAllOf, type Invitation, type Member, type OwnMembership, roles } from '@hyponema/contract'
import type { InvitationRow, MemberRow } from './store.ts'

export function renderMember(row: MemberRow): Member {
  return {
    id: encodeId('operator', row.id),
    email: row.email,
    role: row.role,
    added_by: row.addedBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

export function renderOwnMembership(row: MemberRow, workspace: OwnMembership['workspace']): OwnMembership {
  return { ...renderMember(row), workspace, grantable_roles: roles.filter((role) => holdsAllOf(row.role, role)) }
}

export function renderInvitation(row: InvitationRow, nowMs: number): Invitation {
  return {
    id: encodeId('invitation', row.id),
    email: row.email,
    role: row.role,
    state: stateOf(row, nowMs),
    invited_by: row.invitedBy,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    accepted_at: row.acceptedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  }
}

function stateOf(row: InvitationRow, nowMs: number): Invitation['state'] {
  if (row.acceptedAt !== null) return 'accepted'
  if (row.revokedAt !== null) return 'revoked'
  return row.expiresAt.getTime() > nowMs ? 'open' : 'expired'
}
