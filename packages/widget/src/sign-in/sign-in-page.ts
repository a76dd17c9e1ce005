import { type Asked, askServer } from '../ask-server.ts'
import { element } from '../talk/element.ts'
import { icon } from '../talk/icon.ts'
import { problemWords } from './problem-words.ts'
import { readAnswer, readLinkRequested } from './read-answer.ts'
import { isFinal, type SignInState, stateAfter } from './sign-in-state.ts'
import { type SignInActs, type View, viewOf } from './sign-in-views.ts'

type Leaving = {
  /** Where a signed-in person goes. */
  readonly goOn: () => void
  /** Where one asks for a new link. */
  readonly start: () => void
}

/** Shows one step, sends what the person does, and shows what comes of it. One request at a time. */
export class SignInPage {
  readonly node: HTMLElement
  readonly #leaving: Leaving
  readonly #heading = element('h1', { tabindex: '-1' })
  readonly #body = element('div', { class: 'step' })
  readonly #problem = element('p', { class: 'problem', id: 'problem', role: 'alert' })
  readonly #busy = element('p', { class: 'unseen', role: 'status' })
  #view: View | undefined
  #isBusy = false

  constructor(leaving: Leaving) {
    this.#leaving = leaving
    this.node = element('main', {}, this.#heading, this.#body, this.#busy)
  }

  show(state: SignInState): void {
    const isFirst = this.#view === undefined
    const view = viewOf(state, this.#acts)
    this.#view = view
    this.#heading.textContent = view.heading
    document.title = `${view.heading} · Hyponema`
    this.#body.replaceChildren(...view.body)
    // Empty where it will speak: a live region that comes with its words may not be read.
    this.#problem.replaceChildren()
    if (view.field === undefined) this.#body.append(this.#problem)
    else view.field.after(this.#problem)
    // The first step begins at its field; later ones are read from their heading on.
    if (!isFirst) this.#heading.focus()
    else view.field?.focus()
    if (state.step === 'done') this.#leaving.goOn()
  }

  readonly #acts: SignInActs = {
    askForLink: (email) => void this.#askForLink(email),
    acceptInvitation: (invitation) => void this.#acceptInvitation(invitation),
    useLink: (token) => void this.#answer('/auth/confirm', { token }),
    enterCode: (code) => {
      if (/^\d{6}$/.test(code)) void this.#answer('/auth/code', { code })
      else this.#tell('The code has six digits.')
    },
    choose: (choice, workspaceId) => void this.#answer('/auth/choose', { choice, workspace_id: workspaceId }),
    startAgain: () => this.#leaving.start(),
  }

  async #askForLink(typed: string): Promise<void> {
    const email = typed.trim()
    if (!/^\S+@\S+$/.test(email)) {
      this.#tell('Write an e-mail address, such as ada@example.com.')
      return
    }
    const asked = await this.#ask('/auth/sign-in', { email })
    if (asked === undefined) return
    if ('refusal' in asked) this.#refuse(asked)
    else this.show({ step: 'sent', email, about: undefined })
  }

  async #acceptInvitation(invitation: string): Promise<void> {
    const asked = await this.#ask('/auth/sign-in', { invitation })
    if (asked === undefined) return
    const about = 'body' in asked ? readLinkRequested(asked.body)?.invitation : undefined
    if (about === undefined) this.#refuse(asked)
    else this.show({ step: 'sent', email: about.email, about })
  }

  async #answer(path: string, body: Readonly<Record<string, string>>): Promise<void> {
    const asked = await this.#ask(path, body)
    if (asked === undefined) return
    const answer = 'body' in asked ? readAnswer(asked.body) : undefined
    if (answer === undefined) this.#refuse(asked)
    else this.show(stateAfter(answer))
  }

  async #ask(path: string, body: Readonly<Record<string, string>>): Promise<Asked | undefined> {
    if (this.#isBusy) return undefined
    this.#setBusy(true)
    const asked = await askServer(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
    })
    this.#setBusy(false)
    return asked
  }

  #refuse(asked: Asked): void {
    if (!('refusal' in asked)) this.#tell('The server answered something that this page does not know. Reload it.')
    else if (isFinal(asked.refusal.code)) this.show({ step: 'ended', title: asked.refusal.title })
    else this.#tell(problemWords(asked.refusal))
  }

  /** A button that is busy says so, keeps its place and its focus, and does nothing. */
  #setBusy(isBusy: boolean): void {
    this.#isBusy = isBusy
    this.node.setAttribute('aria-busy', String(isBusy))
    this.#busy.textContent = isBusy ? 'One moment' : ''
    if (isBusy) this.#tell('')
    for (const button of this.#body.querySelectorAll('button')) button.setAttribute('aria-disabled', String(isBusy))
  }

  #tell(problem: string): void {
    this.#problem.replaceChildren(...(problem === '' ? [] : [icon('warning'), element('span', {}, problem)]))
    const field = this.#view?.field
    if (field === undefined) return
    field.setAttribute('aria-invalid', String(problem !== ''))
    if (problem !== '') field.focus()
  }
}
