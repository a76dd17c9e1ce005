/**
 * A voice session between its first socket and its end (voice-runtime 1).
 *
 * connecting -> listening <-> thinking <-> speaking      a socket is attached; the greeting is a turn like any other
 *     |             |             |           |
 *     |             '------ socket lost ------'--> parked --resume token--> listening
 *     |                                              | window over
 *     '-- end: hang-up, limits, policy, backend, silence, lost lease --> ended: socket closed with its code, keys wiped
 *
 * One turn at a time, committed before the next begins; what comes meanwhile waits in a bounded queue. The person wins: words
 * or a typed message cut the turn that is running (barge-in), and what was heard by then is kept. Nothing here waits for the
 * client.
 */
import {
  type EndReason,
  encodeId,
  errorCatalogue,
  type HandOverState,
  type OwnVoiceMessage,
  type PlaybackReport,
  type Uuid,
  type VoiceMessage,
  voiceCloseCodes,
} from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import { endCloseCode } from './end-close-code.ts'
import { beginHanded } from './hand-over/begin-handed.ts'
import { keepUnanswered } from './keep-unanswered.ts'
import type { LastEvent, LiveSession, RunningTurn, TurnInput } from './live-session.ts'
import { makeSpokenTurn } from './make-spoken-turn.ts'
import { nearLimits } from './near-limits.ts'
import type { CommittedTurn } from './pipeline/commit-turn.ts'
import { isTickDue } from './pipeline/is-tick-due.ts'
import { DurationWatch } from './pipeline/voice/duration-watch.ts'
import type { CreateListening } from './pipeline/voice/listening.ts'
import type { PlayClock } from './pipeline/voice/play-clock.ts'
import { SilenceWatch } from './pipeline/voice/silence-watch.ts'
import { silentEvents } from './pipeline/voice/silent-events.ts'
import type { SpokenTurn } from './pipeline/voice/spoken-turn.ts'
import { TickWatch } from './pipeline/voice/tick-watch.ts'
import type { TypedMessage, VoiceClient, VoiceEvents } from './pipeline/voice/voice-client.ts'
import type { SessionSpeech } from './session-speech.ts'
import { VoiceAttachment } from './voice-attachment.ts'
import { VoiceEars } from './voice-ears.ts'
import { voiceDelivery } from './voice-turn.ts'
import { messageInput, type WaitingMessage, WaitingMessages } from './waiting-messages.ts'

/** Long enough for a phone that changes its network; the person who comes back later begins anew. */
export const resumeWindowMs = 30_000
/** Rules of time count minutes. */
const tickEveryMs = 15_000

export type VoiceConversationDependencies = {
  readonly session: LiveSession
  readonly speech: SessionSpeech
  /** Typed messages are for `voice+text`. */
  readonly readsText: boolean
  readonly createListening: CreateListening
  readonly playClock: PlayClock
  /** While the process stops, nothing new is begun. */
  readonly isDraining: () => boolean
  /** Makes the next resume token and says its id. */
  readonly issueResume: () => Promise<{ readonly token: string; readonly jti: Uuid }>
  /** Writes the end into the database. */
  readonly closeSession: (reason: EndReason) => Promise<void>
  readonly log: (message: string, error: unknown) => void
}

type Turn = {
  readonly running: RunningTurn
  /** Undefined where the answer is wanted as text only. */
  readonly speaker: SpokenTurn | undefined
  readonly sentBeforeMs: number
}

export class VoiceConversation {
  readonly #deps: VoiceConversationDependencies
  readonly #session: LiveSession
  readonly #silence: SilenceWatch
  readonly #waiting = new WaitingMessages()
  readonly #duration: DurationWatch
  readonly #ticks: TickWatch
  readonly #ears: VoiceEars
  #attachment: VoiceAttachment | undefined
  #turn: Turn | undefined
  #wasAttached = false
  #toldState: HandOverState = 'with_agent'
  #resumeJti: Uuid | undefined
  #parkTimer: NodeJS.Timeout | undefined
  #ending: Promise<void> | undefined
  /** The end comes from here and is being written; the socket waits for that. */
  #closesLast = false

  constructor(deps: VoiceConversationDependencies) {
    this.#deps = deps
    this.#session = deps.session
    const idle = this.#session.context.agent.voice?.idle
    this.#silence = new SilenceWatch({
      afterMs: (idle?.after_seconds ?? 20) * 1000,
      maxPrompts: idle?.max_prompts ?? 0,
      onPrompt: (isLast) => this.#prompt(isLast),
      onOver: () => this.#begin({ kind: 'line', text: idle?.goodbye ?? 'Goodbye.', endReason: 'idle' }),
    })
    this.#ears = new VoiceEars({
      context: this.#session.context,
      speech: deps.speech,
      createListening: deps.createListening,
      waiting: this.#waiting,
      silence: this.#silence,
      send: (message) => this.#send(message),
      turn: () => this.#turn,
      cut: (why) => this.#cut(why),
      take: (message) => this.#take(message, { interrupts: true }),
      sayError: (error) => this.#sayError(error),
      // The next token says so, too.
      onDeaf: (attachment) => void this.#offerResume(attachment),
      log: deps.log,
    })
    this.#ticks = new TickWatch({
      everyMs: tickEveryMs,
      isDue: () => this.#isQuiet && isTickDue(this.#session.context),
      onDue: () => this.#begin({ kind: 'tick' }),
    })
    this.#session.onEnd(() => this.#ended())
    this.#session.onEnd(this.#session.context.handOver.onChange(() => this.#onHandOver()))
    this.#duration = new DurationWatch({
      leftMs: this.#session.context.expiresAtMs - this.#session.context.clock.nowMs(),
      onWarning: (seconds_left) => this.#tell({ type: 'limit', limit: 'duration', seconds_left }),
      onOver: () => void this.#end('expired'),
    })
  }

  get allowedOrigins(): readonly string[] {
    return this.#session.context.allowedOrigins
  }

  /** Whether this token, and no other, may bring the next socket now; true once, unless it is given back. */
  takeResume(jti: Uuid): boolean {
    if (this.#attachment !== undefined || this.#parkTimer === undefined || this.#resumeJti !== jti) return false
    this.#resumeJti = undefined
    return true
  }

  /** The socket that it brought went before it was ready: it may bring another one, within the same window. */
  giveBackResume(jti: Uuid): void {
    if (this.#attachment === undefined && this.#parkTimer !== undefined) this.#resumeJti = jti
  }

  /** A socket has said `client-ready`. Returns what it tells from now on. */
  attach(client: VoiceClient): VoiceEvents {
    clearTimeout(this.#parkTimer)
    this.#parkTimer = undefined
    const attachment = new VoiceAttachment(client)
    this.#attachment = attachment
    if (this.#session.isEnded) {
      client.close(voiceCloseCodes.gone, 'session.not_live')
      return silentEvents
    }
    this.#ears.open(attachment)
    this.#tell({ type: 'disclosure', agent_is_ai: true })
    this.#toldState = 'with_agent'
    this.#onHandOver()
    void this.#offerResume(attachment)
    const isFirst = !this.#wasAttached
    this.#wasAttached = true
    if (isFirst && this.#session.context.firstMessage !== undefined) this.#begin({ kind: 'start' })
    // A turn that the lost socket cut may still be on its way into the database; what comes next waits for it.
    else if (this.#turn === undefined) this.#turnOver()
    return this.#eventsOf(attachment)
  }

  /** The first socket went before it was ready: there is nobody to wait for. */
  abandon(): void {
    if (!this.#wasAttached) void this.#end('client_lost')
  }

  #eventsOf(attachment: VoiceAttachment): VoiceEvents {
    const ifCurrent = (act: () => void): void => {
      if (this.#attachment === attachment) act()
    }
    return {
      onAudio: (pcm) => attachment.ears?.hear(pcm),
      onText: (message) => ifCurrent(() => this.#onText(message)),
      onKeypad: (digits) => ifCurrent(() => this.#onKeypad(digits)),
      onPlayback: (report) => ifCurrent(() => this.#onPlayback(attachment, report)),
      onHangUp: () => ifCurrent(() => void this.#end('ended_by_client')),
      onGone: () => ifCurrent(() => this.#park(attachment)),
    }
  }

  // What the person says

  #onText({ text, interrupts, spoken }: TypedMessage): void {
    if (!this.#deps.readsText) return this.#sayError(new AppError('session.modality_unavailable', 'voice only'))
    this.#silence.personIsActive()
    this.#take({ text, spoken, how: 'typed', beganMs: this.#session.context.clock.nowMs() }, { interrupts })
  }

  /** Keys answer a question that waits for them, and nothing else. */
  #onKeypad(digits: string): void {
    const { calls, clock } = this.#session.context
    if (!calls.awaitsConfirmation) return
    this.#silence.personIsActive()
    this.#take({ text: digits, spoken: true, how: 'keypad', beganMs: clock.nowMs() }, { interrupts: false })
  }

  /** What the person said becomes a turn, now or behind the one that is running. */
  #take(message: WaitingMessage, { interrupts }: { interrupts: boolean }): void {
    // The running turn is said to its end; what comes now would not be answered any more.
    if (this.#deps.isDraining()) return this.#sayError(new AppError('server.draining', 'the server is stopping'))
    if (!this.#waiting.add(message)) {
      return this.#sayError(new AppError('session.turn_in_progress', 'too many messages wait'))
    }
    if (this.#turn === undefined) this.#turnOver()
    else if (interrupts) this.#cut('the person has something to say')
  }

  // Turns

  #begin(input: TurnInput, spoken = true): void {
    const attachment = this.#attachment
    if (attachment === undefined || this.#turn !== undefined || this.#session.isEnded) return
    if (this.#deps.isDraining()) return
    this.#silence.stop()
    const { newId } = this.#session.context
    try {
      this.#session.begin(input, encodeId('request', newId()), (running) => {
        const speaker = spoken ? this.#speaker(running, attachment, input) : undefined
        this.#turn = { running, speaker, sentBeforeMs: attachment.sentMs }
        void running.done.then(() => this.#turnOver(running))
        return voiceDelivery({
          turn: running,
          send: (message) => this.#send(message),
          speaker,
          onFinished: (event, committed) => this.#onFinished(event, committed),
        })
      })
    } catch (error) {
      this.#deps.log('a turn could not begin', error)
      if (error instanceof AppError) this.#sayError(error)
    }
  }

  #speaker(running: RunningTurn, attachment: VoiceAttachment, input: TurnInput): SpokenTurn {
    const { speech, playClock } = this.#deps
    const startedMs = performance.now()
    return makeSpokenTurn({
      attachment,
      running,
      voice: speech.textToSpeech,
      playClock,
      isFirstMessage: input.kind === 'start',
      maySpeak: () => this.#session.maySpeak,
      elapsedMs: () => performance.now() - startedMs,
    })
  }

  /** Barge-in: sending stops first, then the client drops what it has not played, then the turn ends and is committed. */
  #cut(why: string): void {
    const turn = this.#turn
    if (turn === undefined || turn.running.signal.aborted) return
    turn.speaker?.cut()
    this.#attachment?.interrupt()
    turn.running.cut(new AppError('request.conflict', why))
  }

  #onPlayback(attachment: VoiceAttachment, { epoch, played_ms: playedMs }: PlaybackReport): void {
    const turn = this.#turn
    if (epoch === attachment.epoch && turn !== undefined) turn.speaker?.report(playedMs - turn.sentBeforeMs)
  }

  #onFinished(event: LastEvent, committed: CommittedTurn | undefined): void {
    for (const near of nearLimits(event, committed, this.#session.context.agent.limits)) this.#tell(near)
  }

  /** A turn is over, or there was none: what waits comes next, else the silence is watched. */
  #turnOver(running?: RunningTurn): void {
    if (running !== undefined && this.#turn?.running !== running) return
    this.#turn = undefined
    if (this.#session.isEnded || this.#ending !== undefined || this.#attachment === undefined) return
    this.#ears.followLanguage(this.#attachment)
    const next = this.#waiting.takeNext()
    if (next !== undefined) this.#begin(messageInput(next), next.spoken)
    else if (this.#sayHanded()) return
    else if (!this.#ears.personSpeaks && !this.#session.context.handOver.isClaimed) this.#silence.begin()
  }

  /** A person of the workspace came, went, or has something to say. */
  #onHandOver(): void {
    const { state } = this.#session.context.handOver
    if (state !== this.#toldState && this.#attachment !== undefined) {
      this.#toldState = state
      this.#tell({ type: 'escalation', state })
    }
    if (state === 'with_person') this.#silence.stop()
    if (this.#turn === undefined && this.#wasAttached) this.#turnOver()
  }

  /** Whether something was said that the agent does not say by itself. */
  #sayHanded(): boolean {
    return beginHanded(this.#session.context, (input) => {
      this.#begin(input)
      return this.#turn !== undefined
    })
  }

  /** Somebody listens, and nobody speaks. */
  get #isQuiet(): boolean {
    return this.#attachment !== undefined && this.#turn === undefined && !this.#ears.personSpeaks
  }

  #prompt(isLast: boolean): void {
    const { idle } = this.#session.context.agent.voice ?? {}
    if (isLast) this.#tell({ type: 'limit', limit: 'silence', seconds_left: idle?.after_seconds ?? 0 })
    this.#begin({ kind: 'line', text: idle?.prompt ?? 'Are you still there?' })
  }

  // Beginnings and ends

  async #offerResume(attachment: VoiceAttachment): Promise<void> {
    try {
      const { token, jti } = await this.#deps.issueResume()
      if (this.#attachment !== attachment) return
      this.#resumeJti = jti
      const session_id = encodeId('session', this.#session.context.sessionId)
      const listens = attachment.ears !== undefined
      this.#tell({ type: 'resume', token, window_seconds: resumeWindowMs / 1000, session_id, listens })
    } catch (error) {
      this.#deps.log('no resume token could be made', error)
    }
  }

  /** The socket is lost: the turn is cut where it was heard, and the session waits for its resume token, and so do words. */
  #park(attachment: VoiceAttachment): void {
    this.#ears.keepWords(attachment)
    this.#cut('the socket was lost')
    this.#letGo(attachment)
    if (this.#session.isEnded || this.#ending !== undefined) return
    this.#parkTimer = setTimeout(() => void this.#end('client_lost'), resumeWindowMs).unref()
  }

  #letGo(attachment: VoiceAttachment): void {
    this.#ears.letGo(attachment)
    this.#attachment = undefined
    this.#silence.stop()
  }

  #end(reason: EndReason): Promise<void> {
    this.#ending ??= this.#endNow(reason)
    return this.#ending
  }

  /** The socket closes last, so that whoever sees it closed finds the end in the database. */
  async #endNow(reason: EndReason): Promise<void> {
    if (this.#session.isEnded) return
    this.#closesLast = true
    // Nobody is listened to while the end is being written.
    this.#ears.keepWords(this.#attachment)
    this.#cut('the session ends')
    try {
      await this.#turn?.running.done
      await keepUnanswered(this.#session, this.#waiting)
      await this.#session.end(reason)
      await this.#deps.closeSession(reason)
    } catch (error) {
      this.#deps.log('the end of a session could not be written', error)
    } finally {
      this.#closeSocket()
    }
  }

  /** However it ended: nothing of the session is left in memory. */
  #ended(): void {
    this.#duration.stop()
    this.#ticks.stop()
    clearTimeout(this.#parkTimer)
    this.#waiting.clear()
    if (!this.#closesLast) this.#closeSocket()
  }

  #closeSocket(): void {
    const attachment = this.#attachment
    if (attachment === undefined) return
    const reason = this.#session.endReason ?? 'owner_lost'
    this.#letGo(attachment)
    attachment.client.close(endCloseCode(reason), reason)
  }

  #sayError(error: AppError): void {
    this.#send({ type: 'error', data: { error: errorCatalogue[error.code].title, fatal: false } })
  }

  #tell(data: OwnVoiceMessage): void {
    this.#send({ type: 'server-message', data })
  }

  #send(message: VoiceMessage): void {
    this.#attachment?.send(message)
  }
}
