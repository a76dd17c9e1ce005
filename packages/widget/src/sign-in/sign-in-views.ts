import { element } from '../talk/element.ts'
import { icon } from '../talk/icon.ts'
import type { SignInState } from './sign-in-state.ts'

/** What a person does on the page. */
export type SignInActs = {
  readonly askForLink: (email: string) => void
  readonly acceptInvitation: (invitation: string) => void
  readonly useLink: (token: string) => void
  readonly enterCode: (code: string) => void
  readonly choose: (choice: string, workspaceId: string) => void
  readonly startAgain: () => void
}

/** One step of the page. `field` is what a problem is about. */
export type View = {
  readonly heading: string
  readonly body: readonly HTMLElement[]
  readonly field?: HTMLInputElement
}

type StateOf<Step extends SignInState['step']> = Extract<SignInState, { step: Step }>

export function viewOf(state: SignInState, acts: SignInActs): View {
  switch (state.step) {
    case 'ask':
      return askView(acts)
    case 'invited':
      return invitedView(state, acts)
    case 'sent':
      return sentView(state, acts)
    case 'link':
      return linkView(state, acts)
    case 'code':
      return codeView(state)
    case 'choose':
      return chooseView(state, acts)
    case 'done':
      return doneView(state)
    case 'ended':
      return endedView(state, acts)
    default:
      return state satisfies never
  }
}

function askView(acts: SignInActs): View {
  const field = element('input', {
    id: 'email',
    type: 'email',
    name: 'email',
    autocomplete: 'email',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: '',
    maxlength: '254',
  })
  const form = formOf([element('label', { for: 'email' }, 'Your e-mail address'), field], 'Send me a link', () =>
    acts.askForLink(field.value),
  )
  return {
    heading: 'Sign in to Hyponema',
    field,
    body: [paragraph('We send you a link that signs you in. There is no password.'), form],
  }
}

function invitedView({ invitation }: StateOf<'invited'>, acts: SignInActs): View {
  return {
    heading: 'You are invited to Hyponema',
    body: [
      paragraph('We send a sign-in link to the address that was invited, so that nobody else can use this invitation.'),
      button('Send me the link', () => acts.acceptInvitation(invitation)),
    ],
  }
}

function sentView({ email, about }: StateOf<'sent'>, acts: SignInActs): View {
  const field = element('input', {
    id: 'code',
    class: 'code-field',
    name: 'code',
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    required: '',
    maxlength: '7',
    'aria-describedby': 'code-hint',
  })
  const form = formOf(
    [
      element('label', { for: 'code' }, 'Six-digit code'),
      element(
        'p',
        { id: 'code-hint', class: 'quiet' },
        'Only if you open the link on another device, which then shows it.',
      ),
      field,
    ],
    'Sign in with the code',
    () => acts.enterCode(field.value.replaceAll(/\s/g, '')),
    'plain',
  )
  const address = element('strong', {}, email)
  const words =
    about === undefined
      ? element(
          'p',
          {},
          'If ',
          address,
          ' belongs to somebody here, a link is on its way. It works once, for 10 minutes.',
        )
      : element(
          'p',
          {},
          `You join ${about.workspace_name} as ${about.role}. A link is on its way to `,
          address,
          '. It works once, for 10 minutes.',
        )
  return {
    heading: 'Look into your mail',
    field,
    body: [
      words,
      form,
      element(
        'p',
        { class: 'quiet' },
        'Nothing after a few minutes? Look into the spam folder, and check the address.',
      ),
      button('Use another address', acts.startAgain, 'link-like'),
    ],
  }
}

function linkView({ token }: StateOf<'link'>, acts: SignInActs): View {
  return {
    heading: 'Sign in here?',
    body: [
      paragraph('You asked for a link to sign in to Hyponema. Press the button to use it; it works once.'),
      button('Sign in', () => acts.useLink(token)),
    ],
  }
}

function codeView({ code }: StateOf<'code'>): View {
  const shown = `${code.slice(0, 3)} ${code.slice(3)}`
  return {
    heading: 'Type this code where you asked to sign in',
    body: [
      element('p', { class: 'code', 'aria-label': [...code].join(' ') }, shown),
      paragraph('This is another browser than the one you asked in, so it does not sign you in by itself.'),
      element(
        'p',
        { class: 'warning' },
        icon('warning'),
        element(
          'span',
          {},
          'If you did not ask to sign in, close this page. Give the code to nobody: we never ask for it.',
        ),
      ),
    ],
  }
}

function chooseView({ choice, workspaces }: StateOf<'choose'>, acts: SignInActs): View {
  const entries = workspaces.map(({ id, name, role }) => {
    const pressed = element(
      'button',
      { type: 'button', class: 'workspace' },
      element('span', { class: 'workspace-name' }, name),
      element('span', { class: 'quiet' }, role),
    )
    pressed.addEventListener('click', () => acts.choose(choice, id))
    return element('li', {}, pressed)
  })
  return {
    heading: 'Which workspace?',
    body: [
      paragraph('You belong to several. Choose one to sign in to.'),
      element('ul', { class: 'workspaces' }, ...entries),
    ],
  }
}

function doneView({ workspace }: StateOf<'done'>): View {
  const link = element('a', { href: '/members' }, 'Go on')
  return { heading: `You are signed in to ${workspace}`, body: [element('p', {}, link)] }
}

/** The catalogue says what happened and, behind a semicolon, what to do. */
function endedView({ title }: StateOf<'ended'>, acts: SignInActs): View {
  const [heading = title, advice] = title.split('; ')
  return {
    heading,
    body: [
      ...(advice === undefined ? [] : [paragraph(`${advice.slice(0, 1).toUpperCase()}${advice.slice(1)}.`)]),
      button('Back to sign-in', acts.startAgain),
    ],
  }
}

function paragraph(text: string): HTMLElement {
  return element('p', {}, text)
}

function button(words: string, act: () => void, look = 'primary'): HTMLButtonElement {
  const made = element('button', { type: 'button', class: look }, words)
  made.addEventListener('click', act)
  return made
}

function formOf(children: readonly HTMLElement[], words: string, act: () => void, look = 'primary'): HTMLFormElement {
  const form = element(
    'form',
    { novalidate: '' },
    ...children,
    element('button', { type: 'submit', class: look }, words),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    act()
  })
  return form
}
