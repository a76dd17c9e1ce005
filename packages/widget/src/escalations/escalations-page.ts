import type { Asked } from '../ask-server.ts'
import type { OperatorSession } from '../members/operator-session.ts'
import { readMe } from '../members/read-members.ts'
import { element } from '../talk/element.ts'
import { icon, mark } from '../talk/icon.ts'
import { LiveDesk } from './live-desk.ts'
import { queueView } from './queue-view.ts'
import { readEscalations, readTalk, type ShownEscalation, type ShownMessage } from './read-escalations.ts'

/** Without a live socket. A person waits for an answer; asking more often would be a load that nobody sees. */
const refreshEveryMs = 2_000
/** How long they wait changes by the minute. */
const redrawEveryMs = 30_000

/** Why a talk is told no more. */
const closedWords: Readonly<Record<string, string>> = {
  'escalation.resolved': 'This talk is over.',
  'escalation.claimed': 'Somebody else has taken this talk.',
  'escalation.not_claimed': 'This talk went back to the queue.',
}

const speakers = { user: 'The person', agent: 'The agent', operator: 'You' } as const

/** `/escalations`: who waits, and the talk that was taken over, as the live socket tells; without one it asks every two seconds. */
export class EscalationsPage {
  readonly nodes: readonly HTMLElement[]
  readonly #session: OperatorSession
  readonly #problem = element('p', { class: 'problem', role: 'alert' })
  readonly #lead = element('p', { class: 'lead' }, 'One moment.')
  readonly #queue = element('section', { 'aria-label': 'Who waits' })
  readonly #talk = element('ol', {
    class: 'talk',
    'aria-live': 'polite',
    'aria-label': 'What was said',
    tabindex: '0',
  })
  readonly #words = element('textarea', {
    rows: '1',
    maxlength: '2000',
    placeholder: 'Write to the person',
    'aria-label': 'What you say to the person',
  })
  readonly #panel: HTMLElement
  readonly #desk: HTMLElement
  readonly #which = element('p', { class: 'evidence' })
  readonly #connection = element('span', { class: 'quiet', role: 'status' })
  readonly #live: LiveDesk
  #rows: readonly ShownEscalation[] = []
  #workspace = 'the workspace'
  #count = 0
  #me = ''
  #open: string | undefined
  #shown = ''
  #isBusy = false

  constructor({ session, leave }: { readonly session: OperatorSession; readonly leave: () => void }) {
    this.#session = session
    this.#live = new LiveDesk({
      askTicket: () => session.call('POST', '/v1/escalations/live-tickets', {}),
      onFrame: (frame) => this.#onFrame(frame),
      onLive: (isLive) => this.#tellConnection(isLive),
      seed: String(performance.timeOrigin),
    })
    const out = element('button', { type: 'button', class: 'plain' }, 'Sign out')
    out.addEventListener('click', () => {
      this.#live.stop()
      void session.signOut().then(() => {
        session.stop()
        leave()
      })
    })
    this.#panel = this.#makePanel()
    this.#desk = element('div', { class: 'desk' }, this.#queue, this.#panel)
    this.nodes = [
      element(
        'header',
        {},
        mark(),
        element('span', { class: 'name' }, 'Escalations'),
        element('span', { class: 'grow' }),
        this.#connection,
        out,
      ),
      element(
        'main',
        {},
        element('h1', { tabindex: '-1' }, 'Who waits for a person?'),
        this.#lead,
        this.#problem,
        this.#desk,
      ),
    ]
  }

  async open(): Promise<void> {
    const session = await this.#session.refresh()
    if (session === undefined) return
    if ('refusal' in session) return this.#tell(session.refusal.title)
    const asked = await this.#session.call('GET', '/v1/members/me')
    if ('refusal' in asked) return this.#tell(asked.refusal.title)
    const me = readMe(asked.body)
    this.#me = me?.id ?? ''
    this.#workspace = me?.workspace.name ?? this.#workspace
    this.#lead.textContent =
      'The most urgent first. While you talk, the agent is silent; what you say is kept with the session.'
    await this.#refresh()
    this.#live.start()
    setInterval(() => {
      if (!this.#live.isLive) void this.#refresh()
    }, refreshEveryMs)
    setInterval(() => this.#drawQueue(this.#rows), redrawEveryMs)
  }

  #onFrame(frame: Parameters<ConstructorParameters<typeof LiveDesk>[0]['onFrame']>[0]): void {
    if (frame.type === 'queue') return this.#drawQueue(frame.rows)
    if (frame.id !== this.#open) return
    if (frame.type === 'talk') return this.#draw(frame.messages)
    this.#tell(closedWords[frame.code] ?? 'This talk is not yours any more.')
    this.#close()
  }

  #tellConnection(isLive: boolean): void {
    this.#connection.textContent = isLive ? 'Live' : 'Not live; asks every two seconds'
  }

  #makePanel(): HTMLElement {
    const send = element('button', { type: 'button', class: 'primary' }, 'Send')
    send.addEventListener('click', () => void this.#send())
    this.#words.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      void this.#send()
    })
    const panel = element(
      'section',
      { class: 'panel', 'aria-label': 'The talk' },
      this.#backToQueue(),
      element('h2', {}, 'The talk'),
      this.#which,
      this.#talk,
      element('div', { class: 'write' }, this.#words, send),
      element(
        'div',
        { class: 'choices' },
        this.#button('Back to the agent', 'return', {}),
        this.#button('Handled', 'resolve', { outcome: 'handled' }),
        this.#button('Release to the queue', 'release', {}),
      ),
    )
    panel.hidden = true
    return panel
  }

  /** On a phone the talk is a page of its own. */
  #backToQueue(): HTMLElement {
    const button = element('button', { type: 'button', class: 'plain to-queue' }, 'To the queue')
    button.addEventListener('click', () => this.#close())
    return button
  }

  #button(words: string, verb: string, body: object): HTMLElement {
    const button = element('button', { type: 'button', class: 'plain' }, words)
    button.addEventListener('click', () => void this.#end(verb, body))
    return button
  }

  async #refresh(): Promise<void> {
    if (this.#isBusy || this.#live.isLive || document.hidden) return
    const [open, claimed] = await Promise.all(
      ['open', 'claimed'].map((state) => this.#session.call('GET', `/v1/escalations?state=${state}&limit=200`)),
    )
    this.#drawQueue([...this.#rowsOf(open), ...this.#rowsOf(claimed)])
    await this.#readTalk()
  }

  #drawQueue(rows: readonly ShownEscalation[]): void {
    this.#rows = rows
    const waiting = rows.filter(({ state }) => state === 'open').length
    document.title = `${waiting === 0 ? '' : `(${waiting}) `}Escalations of ${this.#workspace}`
    const shown = JSON.stringify([rows, this.#open, Math.floor(Date.now() / 60_000)])
    // A button that somebody is about to press stays where it is while nothing has changed.
    if (shown === this.#shown) return
    this.#shown = shown
    const acts = {
      take: (one: ShownEscalation) => void this.#take(one),
      open: (one: ShownEscalation) => this.#show(one.id),
    }
    this.#queue.replaceChildren(queueView(rows, { me: this.#me, open: this.#open, nowMs: Date.now(), acts }))
  }

  #rowsOf(asked: Asked | undefined): readonly ShownEscalation[] {
    if (asked === undefined) return []
    if (!('refusal' in asked)) return readEscalations(asked.body) ?? []
    this.#tell(asked.refusal.title)
    return []
  }

  async #readTalk(): Promise<void> {
    const id = this.#open
    if (id === undefined || this.#live.isLive) return
    const asked = await this.#session.call('GET', `/v1/escalations/${id}/messages`)
    if (this.#open !== id) return
    if ('refusal' in asked) {
      this.#tell(asked.refusal.title)
      if (asked.refusal.status === 409) this.#close()
      return
    }
    this.#draw(readTalk(asked.body) ?? [])
  }

  #draw(messages: readonly ShownMessage[]): void {
    if (messages.length === this.#talk.childElementCount && this.#talk.querySelector('.waits') === null) return
    this.#talk.replaceChildren(
      ...messages.map(({ role, text, isDelivered }) =>
        element(
          'li',
          { class: isDelivered ? role : `${role} waits` },
          element('span', { class: 'quiet' }, isDelivered ? speakers[role] : 'You, not said yet'),
          element('p', {}, text),
        ),
      ),
    )
    this.#talk.lastElementChild?.scrollIntoView({ block: 'nearest' })
  }

  async #take({ id }: ShownEscalation): Promise<void> {
    if (await this.#ask('POST', `/v1/escalations/${id}/claim`, {})) this.#show(id)
    await this.#refresh()
  }

  #show(id: string): void {
    this.#open = id
    this.#talk.replaceChildren()
    this.#which.textContent = this.#rows.find((row) => row.id === id)?.sessionId ?? ''
    this.#panel.hidden = false
    this.#desk.classList.add('talking')
    this.#drawQueue(this.#rows)
    this.#words.focus()
    this.#live.watch(id)
    void this.#readTalk()
  }

  async #send(): Promise<void> {
    const text = this.#words.value.trim()
    const id = this.#open
    if (text === '' || id === undefined || this.#isBusy) return
    // The same key on both ways: what the socket has taken and not answered is not said twice.
    this.#count += 1
    const key = [Date.now(), Math.round(performance.now() * 1000), this.#count].join('-')
    this.#isBusy = true
    const answer = await this.#live.say({ key, id, text })
    this.#isBusy = false
    if (answer.kind === 'refused') return this.#tell(answer.title)
    const isSaid =
      answer.kind === 'said' || (await this.#ask('POST', `/v1/escalations/${id}/messages`, { text }, `live-${key}`))
    if (!isSaid) return
    this.#tell('')
    this.#words.value = ''
    await this.#readTalk()
  }

  async #end(verb: string, body: object): Promise<void> {
    if (this.#open === undefined) return
    if (await this.#ask('POST', `/v1/escalations/${this.#open}/${verb}`, body)) this.#close()
    await this.#refresh()
  }

  #close(): void {
    this.#open = undefined
    this.#live.watch(undefined)
    this.#panel.hidden = true
    this.#desk.classList.remove('talking')
    this.#drawQueue(this.#rows)
  }

  /** One act at a time. False when it was refused, and then the page says why. */
  async #ask(method: string, path: string, body: object, idempotencyKey?: string): Promise<boolean> {
    if (this.#isBusy) return false
    this.#isBusy = true
    const asked = await this.#session.call(method, path, body, idempotencyKey)
    this.#isBusy = false
    this.#tell('refusal' in asked ? asked.refusal.title : '')
    return !('refusal' in asked)
  }

  #tell(problem: string): void {
    this.#problem.replaceChildren(...(problem === '' ? [] : [icon('warning'), element('span', {}, problem)]))
  }
}
