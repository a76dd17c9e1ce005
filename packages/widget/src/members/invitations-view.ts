import { element } from '../talk/element.ts'
import { type IconName, icon } from '../talk/icon.ts'
import { confirmButton } from './confirm-button.ts'
import { dayOf, table } from './members-view.ts'
import type { Me, ShownInvitation } from './read-members.ts'

export type InvitationActs = {
  readonly sendAgain: (invitation: ShownInvitation) => void
  readonly revoke: (invitation: ShownInvitation) => void
}

/** Invitations that nobody has accepted; a sign and a word say which of them still opens the door. */
export function invitationsTable(options: {
  me: Me
  invitations: readonly ShownInvitation[]
  acts: InvitationActs
}): HTMLElement {
  const rows = options.invitations.map((invitation) =>
    element(
      'tr',
      {},
      element('td', {}, element('p', { class: 'who' }, element('strong', {}, invitation.email))),
      element('td', {}, element('span', { class: 'role' }, invitation.role)),
      element('td', {}, stateOf(invitation)),
      element('td', { class: 'act' }, ...actsOf(invitation, options)),
    ),
  )
  return table('Invitations', ['Address', 'Role', 'State', ''], rows)
}

function stateOf({ state, expires_at: expiresAt }: ShownInvitation): HTMLElement {
  const signs = { open: 'wait', expired: 'cross', accepted: 'check', revoked: 'cross' } as const satisfies Record<
    ShownInvitation['state'],
    IconName
  >
  const words = { open: 'Open', expired: 'Expired', accepted: 'Accepted', revoked: 'Revoked' } as const
  return element(
    'div',
    {},
    element('p', { class: `state ${state}` }, icon(signs[state]), words[state]),
    element('p', { class: 'evidence' }, state === 'open' ? `until ${dayOf(expiresAt)}` : `since ${dayOf(expiresAt)}`),
  )
}

function actsOf(invitation: ShownInvitation, { me, acts }: { me: Me; acts: InvitationActs }): readonly HTMLElement[] {
  if (!me.grantable_roles.includes(invitation.role)) return []
  const again = element(
    'button',
    { type: 'button', class: 'plain', 'aria-label': `Send the invitation of ${invitation.email} again` },
    'Send again',
  )
  again.addEventListener('click', () => acts.sendAgain(invitation))
  const revoke = confirmButton({
    words: 'Revoke',
    label: `Revoke the invitation of ${invitation.email}`,
    question: 'Its link stops working at once.',
    sure: 'Revoke',
    onSure: () => acts.revoke(invitation),
  })
  return [element('div', { class: 'choices' }, again, revoke)]
}
