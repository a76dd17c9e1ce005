import type { Role } from '@hyponema/contract'
import { element } from '../talk/element.ts'
import { confirmButton } from './confirm-button.ts'
import type { Me, ShownMember } from './read-members.ts'
import { roleOrder } from './role-words.ts'

export type MemberActs = {
  readonly changeRole: (member: ShownMember, role: Role) => void
  readonly remove: (member: ShownMember) => void
}

/** Everybody who is a member: who may be changed by the person who looks has a list of roles and a way out. */
export function membersTable(options: { me: Me; members: readonly ShownMember[]; acts: MemberActs }): HTMLElement {
  const { me, members, acts } = options
  const rows = members.map((member) => {
    const isMe = member.id === me.id
    const mayChange = me.grantable_roles.includes(member.role) && canManage(me)
    const role = mayChange
      ? roleSelect({
          label: `Role of ${member.email}`,
          roles: me.grantable_roles,
          chosen: member.role,
          onChange: (chosen) => acts.changeRole(member, chosen),
        })
      : element('span', { class: 'role' }, member.role)
    const act =
      mayChange && !isMe
        ? confirmButton({
            words: 'Remove',
            label: `Remove ${member.email}`,
            question: 'Removed at once, with every sign-in.',
            sure: 'Remove',
            onSure: () => acts.remove(member),
          })
        : ''
    return element(
      'tr',
      {},
      element(
        'td',
        {},
        element('p', { class: 'who' }, element('strong', {}, member.email), ...(isMe ? [you()] : [])),
        element('p', { class: 'evidence' }, member.id),
      ),
      element('td', {}, role),
      element('td', { class: 'evidence since' }, dayOf(member.created_at)),
      element('td', { class: 'act' }, act),
    )
  })
  return table('Members', ['Person', 'Role', 'Since', ''], rows)
}

export function canManage({ role }: Pick<Me, 'role'>): boolean {
  return role === 'owner' || role === 'admin'
}

/** A list of roles; what is chosen is told at once. */
export function roleSelect(options: {
  label: string
  roles: readonly Role[]
  chosen: Role
  onChange: (role: Role) => void
}): HTMLSelectElement {
  const select = element('select', { 'aria-label': options.label })
  for (const role of roleOrder.filter((one) => options.roles.includes(one))) {
    const option = element('option', { value: role }, role)
    option.selected = role === options.chosen
    select.append(option)
  }
  select.addEventListener('change', () => {
    const chosen = roleOrder.find((role) => role === select.value)
    if (chosen !== undefined) options.onChange(chosen)
  })
  return select
}

export function table(caption: string, heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const cells = heads.map((head) => (head === '' ? element('td', {}) : element('th', { scope: 'col' }, head)))
  return element(
    'table',
    {},
    element('caption', { class: 'unseen' }, caption),
    element('thead', {}, element('tr', {}, ...cells)),
    element('tbody', {}, ...rows),
  )
}

/** Evidence in UTC, to the day: "2026-11-22". */
export function dayOf(timestamp: string): string {
  return timestamp.slice(0, 10)
}

function you(): HTMLElement {
  return element('span', { class: 'you' }, 'You')
}
