import type { SessionEvent, TalkSession } from '@hyponema/contract'
import { createTextSession, type MessageOutcome, type TextSession } from '../create-text-session.ts'
import { endTalkSession, openTalkSession } from './open-talk-session.ts'
import { reduceTalk, type TalkAction } from './reduce-talk.ts'
import { initialTalkState, type NoticeAction, type TalkState } from './talk-state.ts'

type Live = { readonly talk: TalkSession; readonly text: TextSession }

type Options = {
  readonly agentId: string
  readonly fetch: typeof globalThis.fetch
  readonly nowMs: () => number
  /** The page's own address, against which a relative messages_url is read. */
  readonly baseUrl: string
  readonly onChange: (before: TalkState, after: TalkState) => void
}

/**
 * Holds the state of the page and does what it leads to: asks for a session, sends, ends. One session at a time; what an
 * earlier one still answers is dropped.
 */
export class TalkController {
  readonly #options: Options
  #state: TalkState = initialTalkState
  #live: Live | undefined
  #generation = 0
  #messageCount = 0
  #lastText: string | undefined

  constructor(options: Options) {
    this.#options = options
  }

  get state(): TalkState {
    return this.#state
  }

  /** Makes a session and lets the agent open the conversation. Also what "Start again" does. */
  async open(): Promise<void> {
    const { agentId, fetch, nowMs } = this.#options
    this.#live?.text.abort()
    this.#live = undefined
    this.#generation += 1
    const generation = this.#generation
    this.#dispatch({ type: 'opening' })
    const opened = await openTalkSession({ agentId, fetch, nowMs })
    if (generation !== this.#generation) return
    if (opened.kind === 'refused')
      return this.#dispatch({ type: 'opening_failed', refusal: opened.refusal, nowMs: nowMs() })
    const { messages_url: messagesUrl, token } = opened.session.session
    const text = createTextSession({ messagesUrl: new URL(messagesUrl, this.#options.baseUrl).href, token, fetch })
    this.#live = { talk: opened.session, text }
    this.#dispatch({
      type: 'opened',
      session: opened.session,
      nowMs: nowMs(),
      expiresAtMs: nowMs() + opened.lifetimeMs,
    })
    await this.#ask(undefined)
  }

  /** Sends what the person wrote. False when now is not the time: the agent is answering, or there is no session. */
  send(text: string): boolean {
    if (this.#state.phase !== 'ready' || text.trim() === '') return false
    void this.#ask(text.trim())
    return true
  }

  /** Does what the notice offers, unless its time has not come. */
  act(action: NoticeAction): void {
    const notBeforeMs = this.#state.notice?.notBeforeMs
    if (notBeforeMs !== undefined && this.#options.nowMs() < notBeforeMs) return
    if (action === 'start_again') void this.open()
    if (action === 'end_again') void this.end()
    if (action === 'send_again' && this.#state.phase === 'ready') void this.#ask(this.#lastText)
  }

  async end(): Promise<void> {
    const live = this.#live
    if (live === undefined || (this.#state.phase !== 'ready' && this.#state.phase !== 'answering')) return
    const { agentId, fetch, nowMs } = this.#options
    const generation = this.#generation
    this.#dispatch({ type: 'ending' })
    live.text.abort()
    const failure = await endTalkSession({ agentId, session: live.talk, fetch })
    if (generation !== this.#generation) return
    if (failure === undefined) this.#dispatch({ type: 'ended', nowMs: nowMs() })
    else this.#dispatch({ type: 'ending_failed', refusal: failure.refusal, nowMs: nowMs() })
  }

  /** Once a second: a session whose time is over is shown as ended. */
  tick(): void {
    this.#dispatch({ type: 'clock', nowMs: this.#options.nowMs() })
  }

  async #ask(text: string | undefined): Promise<void> {
    const live = this.#live
    if (live === undefined) return
    const { nowMs } = this.#options
    const generation = this.#generation
    this.#lastText = text
    this.#messageCount += 1
    this.#dispatch({ type: 'asked', key: `message ${this.#messageCount}`, text })
    const onEvent = (event: SessionEvent) => {
      if (generation === this.#generation) this.#dispatch({ type: 'event', event, nowMs: nowMs() })
    }
    const outcome: MessageOutcome = await (text === undefined
      ? live.text.start(onEvent)
      : live.text.send(text, onEvent))
    if (generation === this.#generation) this.#dispatch({ type: 'answered', outcome, text, nowMs: nowMs() })
  }

  #dispatch(action: TalkAction): void {
    const before = this.#state
    this.#state = reduceTalk(before, action)
    if (this.#state !== before) this.#options.onChange(before, this.#state)
  }
}
