import { type EmailAddress, parseEmail, type Role, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { hashInvitationSecret } from '../../guards/enter-by-invitation.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { RandomBytes } from '../../platform/crypto/random-bytes.ts'
import { checkActor, requireManager } from './check-actor.ts'
import { mayInvite, revokeExpired } from './revoke-invitation.ts'
import { findMemberByEmail, insertInvitation, lockInvitation, renewInvitation } from './store.ts'

/** Long enough for a holiday week, short enough that a forgotten mail opens nothing. */
const invitationLifeMs = 7 * 24 * 60 * 60 * 1000

export type InviteInput = {
  readonly principal: Principal
  readonly clock: Clock
  readonly randomBytes: RandomBytes
}

/** What has to go out by mail; the secret is stored nowhere. */
export type MadeInvitation = {
  readonly id: Uuid
  readonly email: EmailAddress
  readonly role: Role
  readonly secret: Buffer
  readonly expiresAt: Date
}

/** Invites an address for seven days. One open invitation an address. */
export async function inviteMember(
  tx: AuditedTx,
  input: InviteInput & { newId: NewId; email: EmailAddress; role: Role },
): Promise<MadeInvitation> {
  const { email, role } = input
  const { actor } = await checkActor(tx, input.principal)
  requireManager(actor)
  if (!mayInvite(actor.role, role)) throw new AppError('member.role_refused', `${actor.role} may not invite a ${role}`)
  if ((await findMemberByEmail(tx, email)) !== undefined) throw refusedAddress('member.already_member')
  const now = new Date(input.clock.nowMs())
  await revokeExpired(tx, email, now)
  const id = input.newId()
  const made = { id, email, role, ...secretOf(input, now) }
  const isNew = await insertInvitation(tx, {
    ...made,
    secretSha256: hashOf(made.secret),
    invitedBy: principalName(input.principal).id,
    now,
  })
  if (!isNew) throw refusedAddress('member.already_invited')
  await tx.audit({
    action: 'invitation.created',
    target: { kind: 'invitation', id },
    after: { role, expires_at: made.expiresAt.toISOString() },
  })
  return made
}

/** Gives an invitation that was not accepted or revoked a new secret and seven days anew; the link of before is void. */
export async function inviteAgain(tx: AuditedTx, input: InviteInput & { id: Uuid }): Promise<MadeInvitation> {
  const { actor } = await checkActor(tx, input.principal)
  requireManager(actor)
  const invitation = await lockInvitation(tx, input.id)
  if (invitation === undefined) throw notFound('invitation')
  const { id, role } = invitation
  const email = parseEmail(invitation.email)
  if (email === undefined) throw new AppError('server.internal', 'an invitation is kept without an address')
  if (!mayInvite(actor.role, role)) throw new AppError('member.role_refused', `${actor.role} may not invite a ${role}`)
  if (invitation.acceptedAt !== null || invitation.revokedAt !== null)
    throw new AppError('member.invitation_closed', 'it is not open any more')
  const made = { id, email, role, ...secretOf(input, new Date(input.clock.nowMs())) }
  await renewInvitation(tx, { id, secretSha256: hashOf(made.secret), expiresAt: made.expiresAt })
  await tx.audit({
    action: 'invitation.sent_again',
    target: { kind: 'invitation', id },
    after: { expires_at: made.expiresAt.toISOString() },
  })
  return made
}

function secretOf({ randomBytes }: InviteInput, now: Date): { secret: Buffer; expiresAt: Date } {
  return { secret: randomBytes(32), expiresAt: new Date(now.getTime() + invitationLifeMs) }
}

function hashOf(secret: Buffer): Buffer {
  return hashInvitationSecret(secret.toString('base64url'))
}

function refusedAddress(code: 'member.already_member' | 'member.already_invited'): AppError {
  const detail = code === 'member.already_member' ? 'is a member already' : 'has an open invitation; send it again'
  return new AppError(code, `the address ${detail}`, { errors: [{ pointer: '/email', detail }] })
}
