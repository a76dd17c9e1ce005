import type { Role } from '@hyponema/contract'
import { element } from '../talk/element.ts'
import { roleSelect } from './members-view.ts'
import { roleWords } from './role-words.ts'

/** An address, a role and what that role may do. The field is emptied by whoever knows that the mail has gone. */
export function createInviteForm(options: { roles: readonly Role[]; onInvite: (email: string, role: Role) => void }): {
  readonly node: HTMLElement
  readonly clear: () => void
  readonly mark: (isWrong: boolean) => void
} {
  let role: Role = options.roles.includes('builder') ? 'builder' : (options.roles[0] ?? 'auditor')
  const field = element('input', {
    id: 'invite-email',
    type: 'email',
    name: 'email',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: '',
    maxlength: '254',
    placeholder: 'ada@example.com',
  })
  const words = element('p', { class: 'quiet', id: 'role-words' }, roleWords[role])
  const select = roleSelect({
    label: 'Role of the invited',
    roles: options.roles,
    chosen: role,
    onChange: (chosen) => {
      role = chosen
      words.textContent = roleWords[chosen]
    },
  })
  select.setAttribute('aria-describedby', 'role-words')
  const node = element(
    'form',
    { class: 'invite', novalidate: '' },
    element('div', { class: 'labelled' }, element('label', { for: 'invite-email' }, 'E-mail address'), field),
    element('div', { class: 'labelled' }, element('span', { class: 'label', 'aria-hidden': 'true' }, 'Role'), select),
    element('button', { type: 'submit', class: 'primary' }, 'Send invitation'),
    words,
  )
  node.addEventListener('submit', (event) => {
    event.preventDefault()
    options.onInvite(field.value.trim(), role)
  })
  return {
    node,
    clear: () => {
      field.value = ''
    },
    mark: (isWrong) => {
      field.setAttribute('aria-invalid', String(isWrong))
      if (isWrong) field.focus()
    },
  }
}
