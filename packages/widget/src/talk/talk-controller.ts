import type { SessionEvent, TalkSession } from '@hyponema/contract'
import { createTextSession, type MessageOutcome, type TextSession } from '../create-text-session.ts'
import { followSessionEvents } from '../follow-session-events.ts'
import type { VoiceSession, VoiceSessionOptions } from '../voice/create-voice-session.ts'
import { endTalkSession, openTalkSession } from './open-talk-session.ts'
import { reduceTalk, type TalkAction } from './reduce-talk.ts'
import { initialTalkState, type NoticeAction, type TalkState } from './talk-state.ts'
import { VoiceCall } from './voice-call.ts'

type Live =
  | { readonly kind: 'text'; readonly talk: TalkSession; readonly text: TextSession }
  | { readonly kind: 'voice'; readonly talk: TalkSession; readonly call: VoiceCall }

type Options = {
  readonly agentId: string
  readonly fetch: typeof globalThis.fetch
  readonly nowMs: () => number
  /** The page's own address, against which relative addresses are read. */
  readonly baseUrl: string
  readonly onChange: (before: TalkState, after: TalkState) => void
  /** Makes what speaks and listens; a text session never asks for it. */
  readonly createVoice: (options: Pick<VoiceSessionOptions, 'onFact'>) => VoiceSession
}

/**
 * Holds the state of the page and does what it leads to: asks for a session, sends, ends. One session at a time; what an
 * earlier one still answers is dropped.
 */
export class TalkController {
  readonly #options: Options
  #state: TalkState = initialTalkState
  #live: Live | undefined
  #stopEvents: (() => void) | undefined
  #generation = 0
  #messageCount = 0
  #lastText: string | undefined

  constructor(options: Options) {
    this.#options = options
  }

  get state(): TalkState {
    return this.#state
  }

  /** Makes a session; a typed one is opened by the agent. Also what "Start again" does. */
  async open(): Promise<void> {
    this.#letGo()
    this.#generation += 1
    const generation = this.#generation
    this.#dispatch({ type: 'opening' })
    const talk = await this.#makeSession()
    if (talk === undefined || generation !== this.#generation) return
    const messagesUrl = talk.session.messages_url
    if (messagesUrl === null) {
      this.#live = { kind: 'voice', talk, call: this.#makeCall(talk) }
      return
    }
    const { fetch, baseUrl } = this.#options
    const text = createTextSession({
      messagesUrl: new URL(messagesUrl, baseUrl).href,
      token: talk.session.token,
      fetch,
    })
    this.#live = { kind: 'text', talk, text }
    await this.#ask(undefined)
    // Behind the greeting, so that one request and not two begins the session.
    if (generation === this.#generation && this.#state.phase !== 'ended') this.#followEvents(talk)
  }

  /** Voice: begins to speak and to listen. Call it in the handler of a click or a key press. */
  start(): void {
    if (this.#live?.kind !== 'voice' || this.#state.phase !== 'waiting') return
    this.#dispatch({ type: 'starting' })
    void this.#live.call.start({ withMicrophone: this.#state.voice?.listens ?? false })
  }

  /** Sends what the person wrote. False when now is not the time: a typed answer is running, or there is no session. */
  send(text: string): boolean {
    const trimmed = text.trim()
    if (trimmed === '') return false
    if (this.#live?.kind === 'voice') return this.#sendToCall(this.#live.call, trimmed)
    if (this.#state.phase !== 'ready') return false
    void this.#ask(trimmed)
    return true
  }

  /** Opens the microphone, or mutes it, or lets it be heard again. */
  pressMicrophone(): void {
    if (this.#live?.kind !== 'voice') return
    const microphone = this.#state.voice?.microphone
    if (microphone === 'on' || microphone === 'muted') this.#live.call.setMuted(microphone === 'on')
    else void this.#live.call.startMicrophone()
  }

  pressSound(): void {
    if (this.#live?.kind === 'voice') this.#live.call.setSound(this.#state.voice?.sound !== 'on')
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
    const endable: ReadonlyArray<TalkState['phase']> = ['connecting', 'ready', 'answering', 'reconnecting']
    if (live === undefined || !endable.includes(this.#state.phase)) return
    const { agentId, fetch, nowMs } = this.#options
    const generation = this.#generation
    if (live.kind === 'voice') return this.#hangUp(live)
    this.#dispatch({ type: 'ending' })
    live.text.abort()
    // Its stream closes with the session; to open it again would only be refused.
    this.#stopEvents?.()
    const failure = await endTalkSession({ agentId, session: live.talk, fetch })
    if (generation !== this.#generation) return
    if (failure === undefined) this.#dispatch({ type: 'ended', nowMs: nowMs() })
    else {
      this.#dispatch({ type: 'ending_failed', refusal: failure.refusal, nowMs: nowMs() })
      this.#followEvents(live.talk)
    }
  }

  /** Once a second: a session whose time is over is shown as ended. */
  tick(): void {
    this.#dispatch({ type: 'clock', nowMs: this.#options.nowMs() })
  }

  /** The page lets go of everything. */
  close(): void {
    this.#generation += 1
    this.#letGo()
  }

  /** What a person says who took over comes between the messages. */
  #followEvents({ session }: TalkSession): void {
    const { fetch, baseUrl, nowMs } = this.#options
    if (session.messages_url === null) return
    this.#stopEvents = followSessionEvents({
      eventsUrl: new URL('events', new URL(session.messages_url, baseUrl)).href,
      token: session.token,
      seed: session.id,
      fetch,
      onEvent: (event) => this.#dispatch({ type: 'handed', event, nowMs: nowMs() }),
      onGap: () => this.#dispatch({ type: 'handed_gap' }),
    })
  }

  #letGo(): void {
    this.#stopEvents?.()
    this.#stopEvents = undefined
    if (this.#live?.kind === 'text') this.#live.text.abort()
    if (this.#live?.kind === 'voice') this.#live.call.end()
    this.#live = undefined
  }

  /** Undefined: there is none, and the state says why. */
  async #makeSession(): Promise<TalkSession | undefined> {
    const { agentId, fetch, nowMs } = this.#options
    const generation = this.#generation
    const opened = await openTalkSession({ agentId, fetch, nowMs })
    if (generation !== this.#generation) return undefined
    if (opened.kind === 'refused') {
      this.#dispatch({ type: 'opening_failed', refusal: opened.refusal, nowMs: nowMs() })
      return undefined
    }
    const { session, lifetimeMs } = opened
    this.#dispatch({ type: 'opened', session, nowMs: nowMs(), expiresAtMs: nowMs() + lifetimeMs })
    return session
  }

  #makeCall(first: TalkSession): VoiceCall {
    const generation = this.#generation
    const { nowMs, baseUrl, createVoice } = this.#options
    return new VoiceCall({
      createVoice,
      onFact: (fact) => {
        if (generation === this.#generation) this.#dispatch({ type: 'voice', fact, nowMs: nowMs() })
      },
      // Who reads for longer than a ticket lives gets a fresh one.
      ticket: async () => {
        const isFresh = (this.#state.expiresAtMs ?? 0) - nowMs() > leastTicketMs
        const talk = isFresh ? first : await this.#makeSession()
        if (talk === undefined || talk.session.ws_url === null) return undefined
        return { wsUrl: socketUrl(talk.session.ws_url, baseUrl), token: talk.session.token }
      },
    })
  }

  #sendToCall(call: VoiceCall, text: string): boolean {
    const { phase } = this.#state
    if (phase !== 'waiting' && phase !== 'connecting' && phase !== 'ready' && phase !== 'answering') return false
    if (phase === 'waiting') {
      this.#dispatch({ type: 'starting' })
      void call.start({ withMicrophone: false })
    }
    this.#messageCount += 1
    this.#dispatch({ type: 'typed', key: `message ${this.#messageCount}`, text })
    call.sendText(text)
    return true
  }

  /** A socket says goodbye; where there is none yet, the server is told by the other way. Nobody waits for an answer. */
  #hangUp(live: Extract<Live, { kind: 'voice' }>): void {
    const { agentId, fetch, nowMs } = this.#options
    const isJoined = this.#state.voice?.isJoined === true
    this.#dispatch({ type: 'ended', nowMs: nowMs() })
    live.call.end()
    if (!isJoined) void endTalkSession({ agentId, session: live.talk, fetch })
  }

  async #ask(text: string | undefined): Promise<void> {
    const live = this.#live
    if (live?.kind !== 'text') return
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
    if (this.#state.phase === 'ended') this.#stopEvents?.()
    if (this.#state !== before) this.#options.onChange(before, this.#state)
  }
}

/** A ticket with less than this left might be too old by the time its socket opens. */
const leastTicketMs = 5000

function socketUrl(path: string, baseUrl: string): string {
  const url = new URL(path, baseUrl)
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  return url.href
}
