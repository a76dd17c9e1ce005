import type { Role } from '@hyponema/contract'
import type { Asked } from '../ask-server.ts'
import type { Refusal } from '../read-refusal.ts'
import { element } from '../talk/element.ts'
import { formatCount } from '../talk/format-evidence.ts'
import { icon, mark } from '../talk/icon.ts'
import { confirmButton } from './confirm-button.ts'
import { invitationsTable } from './invitations-view.ts'
import { createInviteForm } from './invite-form.ts'
import { loadMembers, type Shown } from './load-members.ts'
import { canManage, membersTable } from './members-view.ts'
import type { OperatorSession } from './operator-session.ts'
import type { Me, ShownInvitation, ShownMember } from './read-members.ts'

/** `/members`: who is a member, who is invited, and the way out. Shows what the server says, and again after each act. */
export class MembersPage {
  readonly nodes: readonly HTMLElement[]
  readonly #session: OperatorSession
  readonly #leave: () => void
  readonly #about = element('span', { class: 'quiet' })
  readonly #lead = element('p', { class: 'lead' }, 'One moment.')
  readonly #problem = element('p', { class: 'problem', role: 'alert' })
  readonly #said = element('p', { class: 'said', role: 'status' })
  readonly #content = element('div', {})
  #isBusy = false
  #form: ReturnType<typeof createInviteForm> | undefined

  constructor(options: { session: OperatorSession; leave: () => void }) {
    this.#session = options.session
    this.#leave = options.leave
    const out = element('button', { type: 'button', class: 'plain' }, 'Sign out')
    out.addEventListener('click', () => void this.#end(() => this.#session.signOut()))
    this.nodes = [
      element(
        'header',
        {},
        mark(),
        element('span', { class: 'name' }, 'Members'),
        this.#about,
        element('span', { class: 'grow' }),
        out,
      ),
      element(
        'main',
        {},
        element('h1', { tabindex: '-1' }, 'Who can see this workspace?'),
        this.#lead,
        this.#problem,
        this.#said,
        this.#content,
      ),
    ]
  }

  async open(): Promise<void> {
    const session = await this.#session.refresh()
    if (session === undefined) return
    if ('refusal' in session) this.#refuse(session.refusal)
    else await this.#show()
  }

  async #show(): Promise<void> {
    const shown = await loadMembers(this.#session)
    if ('refusal' in shown) {
      this.#refuse(shown.refusal)
      return
    }
    this.#draw(shown)
  }

  #draw({ me, members, invitations }: Shown): void {
    const waiting = invitations.filter(({ state }) => state === 'open' || state === 'expired')
    this.#about.textContent = me.workspace.name
    document.title = `Members of ${me.workspace.name}`
    this.#lead.textContent = canManage(me)
      ? 'Everybody who can sign in to it. A change here holds at once and stands in the audit log.'
      : `You, as ${me.role}. Owners and admins see who else is a member.`
    const acts = {
      changeRole: (member: ShownMember, role: Role) => void this.#changeRole(me, member, role),
      remove: (member: ShownMember) => void this.#remove(member),
    }
    this.#content.replaceChildren(
      ...(canManage(me) ? [numbers(members, waiting)] : []),
      membersTable({ me, members, acts }),
      ...(canManage(me) ? this.#inviting(me, waiting) : []),
      this.#ownSection(me),
    )
  }

  #inviting(me: Me, invitations: readonly ShownInvitation[]): readonly HTMLElement[] {
    this.#form = createInviteForm({
      roles: me.grantable_roles,
      onInvite: (email, role) => void this.#invite(email, role),
    })
    const acts = {
      sendAgain: (one: ShownInvitation) =>
        void this.#act(() => this.#session.call('POST', `/v1/invitations/${one.id}/send`), {
          said: `A new link is on its way to ${one.email}. The old one is void.`,
        }),
      revoke: (one: ShownInvitation) =>
        void this.#act(() => this.#session.call('DELETE', `/v1/invitations/${one.id}`), {
          said: `The invitation of ${one.email} is revoked.`,
        }),
    }
    return [
      element('h2', {}, 'Who is invited?'),
      this.#form.node,
      invitations.length === 0
        ? element('p', { class: 'quiet none' }, 'No invitation is open.')
        : invitationsTable({ me, invitations, acts }),
    ]
  }

  #ownSection(me: Me): HTMLElement {
    const everywhere = confirmButton({
      words: 'Sign out everywhere',
      question: 'Ends every sign-in of yours, in all workspaces and browsers, this one included.',
      sure: 'Sign out everywhere',
      onSure: () => void this.#end(() => this.#session.call('POST', '/v1/members/me/sign-out-everywhere')),
    })
    const leave = confirmButton({
      words: 'Leave this workspace',
      question: 'You will need an invitation to come back.',
      sure: `Leave ${me.workspace.name}`,
      onSure: () => void this.#end(() => this.#session.call('DELETE', '/v1/members/me')),
    })
    return element(
      'section',
      { class: 'own', 'aria-labelledby': 'own' },
      element('h2', { id: 'own' }, 'Your own access'),
      element('p', {}, 'You are signed in as ', element('strong', {}, me.email), `, as ${me.role}.`),
      element('div', { class: 'choices' }, everywhere, leave),
    )
  }

  async #changeRole(me: Me, member: ShownMember, role: Role): Promise<void> {
    await this.#act(() => this.#session.call('PATCH', `/v1/members/${member.id}`, { role }), {
      said: member.id === me.id ? `You are ${role} now.` : `${member.email} is ${role} now.`,
    })
  }

  async #remove(member: ShownMember): Promise<void> {
    await this.#act(() => this.#session.call('DELETE', `/v1/members/${member.id}`), {
      said: `${member.email} is removed and signed out.`,
    })
  }

  async #invite(email: string, role: Role): Promise<void> {
    const form = this.#form
    if (!/^\S+@\S+$/.test(email)) {
      this.#tell('Write an e-mail address, such as ada@example.com.')
      form?.mark(true)
      return
    }
    const refused = await this.#act(() => this.#session.call('POST', '/v1/invitations', { email, role }), {
      said: `An invitation is on its way to ${email}. It works for seven days.`,
      keepsForm: true,
    })
    form?.mark(refused)
  }

  /** One act at a time. Afterwards the page shows what is so, also where the act was refused. True when it was. */
  async #act(work: () => Promise<Asked>, { said, keepsForm }: { said: string; keepsForm?: boolean }): Promise<boolean> {
    if (this.#isBusy) return false
    this.#setBusy(true)
    const asked = await work()
    this.#setBusy(false)
    if ('refusal' in asked) {
      // What was typed stays; a list that was changed goes back to what is so.
      if (keepsForm !== true) await this.#show()
      this.#refuse(asked.refusal)
      return true
    }
    this.#tell('')
    await this.#show()
    this.#said.replaceChildren(icon('check'), element('span', {}, said))
    return false
  }

  async #end(work: () => Promise<Asked>): Promise<void> {
    if (this.#isBusy) return
    this.#setBusy(true)
    const asked = await work()
    this.#setBusy(false)
    if ('refusal' in asked) {
      this.#refuse(asked.refusal)
      return
    }
    this.#session.stop()
    this.#leave()
  }

  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy
    for (const button of document.querySelectorAll('button')) button.setAttribute('aria-disabled', String(isBusy))
  }

  #refuse({ title, retryAfterSeconds }: Refusal): void {
    const wait = retryAfterSeconds === undefined ? '' : ` Try again in ${formatCount(retryAfterSeconds, 'second')}.`
    this.#tell(`${title}.${wait}`)
  }

  #tell(problem: string): void {
    this.#said.replaceChildren()
    this.#problem.replaceChildren(...(problem === '' ? [] : [icon('warning'), element('span', {}, problem)]))
  }
}

function numbers(members: readonly ShownMember[], waiting: readonly ShownInvitation[]): HTMLElement {
  const owners = members.filter(({ role }) => role === 'owner').length
  const open = waiting.filter(({ state }) => state === 'open').length
  const one = (count: number, singular: string, plural: string): HTMLElement =>
    element('li', {}, element('b', {}, String(count)), count === 1 ? singular : plural)
  return element(
    'ul',
    { class: 'sum' },
    one(members.length, 'member', 'members'),
    one(owners, 'owner', 'owners'),
    one(open, 'open invitation', 'open invitations'),
  )
}
