import type { Uuid } from '@hyponema/contract'
import { makeInvitationText } from '../../guards/enter-by-invitation.ts'
import { linkMail } from '../../platform/email/link-mail.ts'
import type { Mail, SendMail } from '../../platform/email/mail.ts'
import type { MadeInvitation } from './invite-member.ts'

/**
 * Mails the link of an invitation. Its secret stands behind the `#`, which browsers send to nobody; the page that it opens
 * does nothing by itself, and is what says which workspace it is about. Nothing in the mail was chosen by anybody but us, so
 * that no name of a workspace can make it say something else.
 */
export function sendInvitation(
  sendMail: SendMail,
  mail: { publicOrigin: string; workspaceId: Uuid; invitation: MadeInvitation },
): Promise<void> {
  const { publicOrigin, workspaceId, invitation } = mail
  const text = makeInvitationText({ workspaceId, invitationId: invitation.id, secret: invitation.secret })
  return sendMail(renderMail(invitation, `${publicOrigin}/sign-in#invitation=${text}`))
}

function renderMail({ email, role, expiresAt }: MadeInvitation, link: string): Mail {
  const opening = `Somebody invites you to a workspace on this Hyponema server, as ${role}. Open this link to see which one and to join:`
  const until = `It works until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, once, and for your address only.`
  const otherwise = 'If you did not expect it, do nothing: the link does nothing by itself.'
  return linkMail({
    to: email,
    subject: 'You are invited to Hyponema',
    before: opening,
    link,
    after: [until, otherwise],
  })
}
