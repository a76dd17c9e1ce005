/**
 * A session that this process owns.
 *
 * listening --message--> answering --committed--> listening
 *     |                      | ended by the turn, by a signal, a lost lease or a failed commit
 *     '------ end -----------'--> ended: no way to speak, keys wiped
 *
 * One turn at a time; one abort controller per turn. A turn is over when its client has heard it or has gone; then it is
 * committed, then `turn_end`, or `error` in its place, follows. Tokens never wait for a commit. A turn that is cut says
 * nothing more: what waits to be read is taken back.
 */

import {
  type EndReason,
  encodeId,
  errorCatalogue,
  type SessionEvent,
  type SessionEventData,
  type Uuid,
} from '@hyponema/contract'
import type { ContentKeys } from '../guards/content-keys.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Database } from '../platform/postgres/database.ts'
import { type CommittedTurn, commitTurn } from './pipeline/commit-turn.ts'
import { EventQueue } from './pipeline/event-queue.ts'
import { maskFailure } from './pipeline/mask-failure.ts'
import type { MessageHow } from './pipeline/message-how.ts'
import { runTurn } from './pipeline/run-turn.ts'
import type { Listener, SessionContext } from './pipeline/session-context.ts'
import { TurnRecord, type TurnSubject } from './pipeline/turn-record.ts'

/** About a minute of speech in tokens; a client that is further behind is not reading. */
const maxQueuedEvents = 512
const clientPatienceMs = 15_000

export type TurnInput =
  | { readonly kind: 'message'; readonly text: string; readonly how?: MessageHow; readonly beganMs?: number }
  | { readonly kind: 'start' }
  /** Nobody said anything; time alone asks for a line. */
  | { readonly kind: 'tick' }
  /** A line of the operator's that nobody asked for; with a reason the session ends behind it. */
  | { readonly kind: 'line'; readonly text: string; readonly endReason?: EndReason }
  /** What a person of the workspace says in place of the agent. */
  | { readonly kind: 'operator'; readonly text: string; readonly messageId: Uuid }

/** A turn while it runs, as seen by whoever delivers it to the person. */
export type RunningTurn = {
  readonly id: Uuid
  readonly signal: AbortSignal
  /** So many characters from the beginning were heard. */
  readonly reached: (length: number) => void
  readonly heardCharacters: () => number
  /** Ends it here: what was heard by now is kept. */
  readonly cut: (why: AppError) => void
  /** The turn is committed, or has failed to be. Never rejects. */
  readonly done: Promise<void>
}

/** The way from a turn to its person, to its very end. */
export type Delivery = Listener & {
  /** `turn_end` with what the commit left, or `error`: the last event. */
  readonly finish: (event: LastEvent, committed: CommittedTurn | undefined) => Promise<void>
}

export type LastEvent = Extract<SessionEvent, { event: 'turn_end' | 'error' }>

type State =
  | { readonly kind: 'listening' }
  | { readonly kind: 'answering'; readonly controller: AbortController; readonly done: Promise<void> }
  | { readonly kind: 'ended' }

export type LiveSessionDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly contentKeys: ContentKeys
  readonly ownerBoot: Uuid
  /** Whether the lease of this session is surely still ours; asked before every word. */
  readonly maySpeak: () => boolean
  readonly onEnded: (session: LiveSession) => void
  /** A turn could not be written: the session has to be failed in the database by somebody else. */
  readonly onCommitFailed: (session: LiveSession, error: unknown) => void
  readonly log: (message: string, error: unknown) => void
}

export class LiveSession {
  readonly context: SessionContext
  readonly #deps: LiveSessionDependencies
  readonly #wipe: () => void
  #state: State = { kind: 'listening' }
  #ending: Promise<void> | undefined
  #turns = 0
  #endReason: EndReason | undefined
  readonly #endedController = new AbortController()

  constructor(context: SessionContext, deps: LiveSessionDependencies, wipe: () => void) {
    this.context = context
    this.#deps = deps
    this.#wipe = wipe
  }

  /** Whether this process is surely still its owner: asked before every word and every frame of sound. */
  get maySpeak(): boolean {
    return this.#deps.maySpeak()
  }

  /** For operators, by those who bring its turns to the person; without words of the talk. */
  log(message: string, error: unknown): void {
    this.#deps.log(message, error)
  }

  get isEnded(): boolean {
    return this.#state.kind === 'ended'
  }

  /** Begins a turn and returns its events for a client that reads text. Throws as `begin` does. */
  answer(input: TurnInput, requestId: string): EventQueue<SessionEvent> {
    let queue: EventQueue<SessionEvent> | undefined
    this.begin(input, requestId, (turn) => {
      queue = textQueue(turn)
      return textDelivery(queue)
    })
    if (queue === undefined) throw new AppError('server.internal', 'the turn has no queue')
    return queue
  }

  /** Begins a turn. Throws session.turn_in_progress, session.not_live or request.conflict. */
  begin(input: TurnInput, requestId: string, deliver: (turn: RunningTurn) => Delivery): RunningTurn {
    if (this.#state.kind === 'ended') throw new AppError('session.not_live', 'session has ended')
    if (this.#state.kind === 'answering') {
      throw new AppError('session.turn_in_progress', 'a turn is running', { retryAfterSeconds: 1 })
    }
    if (input.kind === 'start' && (this.#turns > 0 || this.context.firstMessage === undefined)) {
      throw new AppError('request.conflict', 'start is for the opening of an agent with a first message only')
    }
    this.#turns += 1
    const { clock, newId } = this.context
    const record = new TurnRecord({
      subject: subjectOf(input, this.context),
      id: newId(),
      startedAtMs: clock.nowMs(),
      onKept: (kept) => this.context.safety.decided(kept),
    })
    const controller = new AbortController()
    const finished = Promise.withResolvers<void>()
    const turn: RunningTurn = {
      id: record.id,
      signal: controller.signal,
      reached: (length) => record.reached(length),
      heardCharacters: () => record.heard.length,
      cut: (why) => controller.abort(why),
      done: finished.promise,
    }
    this.#state = { kind: 'answering', controller, done: finished.promise }
    void this.#run({ record, delivery: deliver(turn), controller, requestId }).then(finished.resolve)
    return turn
  }

  /** Called once, when the session has ended for whatever reason and its keys are wiped; at once when it has already. */
  onEnd(listener: () => void): void {
    const { signal } = this.#endedController
    if (signal.aborted) listener()
    else signal.addEventListener('abort', listener, { once: true })
  }

  /** Why it ended, as far as this process knows; undefined while it lives. */
  get endReason(): EndReason | undefined {
    return this.isEnded ? this.#endReason : undefined
  }

  /** Ends it here: the running turn is cut and committed, then the keys are wiped. Resolves when that is done. */
  end(reason: EndReason): Promise<void> {
    if (this.#ending === undefined && !this.isEnded) this.#endReason = reason
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    const before = this.#state
    if (before.kind === 'ended') return
    this.#state = { kind: 'ended' }
    if (before.kind === 'answering') {
      before.controller.abort(new AppError('session.not_live', 'the session was ended'))
      await before.done
    }
    this.#close()
  }

  #close(): void {
    this.#wipe()
    this.#deps.onEnded(this)
    this.#endedController.abort()
  }

  /** For a drain: waits for the running turn without cutting it. */
  async settled(): Promise<void> {
    await (this.#state.kind === 'answering' ? this.#state.done : this.#ending)
  }

  async #run(turn: {
    record: TurnRecord
    delivery: Delivery
    controller: AbortController
    requestId: string
  }): Promise<void> {
    const { record, delivery, controller, requestId } = turn
    try {
      const emit = this.#whileAllowed(delivery, controller)
      const { signal } = controller
      const failure = await runTurn({ ...delivery, context: this.context, record, emit, signal })
      const masked = maskFailure(this.context.gate, failure)
      if (masked instanceof Error) this.#deps.log(masked.message, masked)
      const committed = await commitTurn({ ...this.#deps, context: this.context, record })
      const last = failure === undefined ? turnEndEvent(record, committed.status) : errorEvent(failure, requestId)
      await delivery.finish(last, committed)
      this.#endReason ??= committed.endReason
      this.#finish(committed.status === 'in_progress' ? 'listening' : 'ended')
    } catch (error) {
      this.#deps.onCommitFailed(this, error)
      const failure = error instanceof AppError ? error : new AppError('server.internal', 'commit failed')
      await delivery.finish(errorEvent(failure, requestId), undefined)
      this.#endReason ??= 'commit_failed'
      this.#finish('ended')
    }
  }

  #whileAllowed(delivery: Delivery, controller: AbortController): Listener['emit'] {
    return (event) => {
      if (!this.maySpeak) controller.abort(new AppError('session.owned_elsewhere', 'the lease ran out'))
      return controller.signal.aborted && isToken(event) ? Promise.resolve(false) : delivery.emit(event)
    }
  }

  #finish(next: 'listening' | 'ended'): void {
    if (this.#state.kind === 'ended') return
    this.#state = { kind: next }
    if (next === 'ended') this.#close()
    else this.context.handOver.settled()
  }
}

function textQueue(turn: RunningTurn): EventQueue<SessionEvent> {
  const queue = new EventQueue<SessionEvent>({
    maxEvents: maxQueuedEvents,
    patienceMs: clientPatienceMs,
    onTaken: (event) => {
      if (event.event === 'token') turn.reached(turn.heardCharacters() + event.data.text.length)
    },
    onAbandoned: () => turn.cut(new AppError('request.conflict', 'the client left')),
  })
  turn.signal.addEventListener('abort', () => queue.drop(isToken), { once: true })
  return queue
}

function textDelivery(queue: EventQueue<SessionEvent>): Delivery {
  return {
    emit: (event) => queue.push(event),
    heardAll: async (signal) => {
      const heard = await queue.drained(signal)
      if (!heard) queue.drop(isToken)
      return heard
    },
    finish: async (event) => {
      await queue.push(event)
      queue.close()
    },
  }
}

function subjectOf(input: TurnInput, context: SessionContext): TurnSubject {
  switch (input.kind) {
    case 'message':
      return messageOf(input, context)
    case 'start':
      return { line: { text: context.firstMessage ?? '', source: 'first_message', trust: 'operator' } }
    case 'tick':
      return { line: { text: '', source: 'idle_line', trust: 'operator' } }
    case 'operator':
      return { line: { text: input.text, source: 'operator', trust: 'operator' }, operatorMessageId: input.messageId }
    case 'line': {
      const line = { text: input.text, source: 'idle_line', trust: 'operator' } as const
      return input.endReason === undefined ? { line } : { line, endReason: input.endReason }
    }
  }
}

/** What is typed without saying when was typed now; of speech nobody knows. */
function messageOf(
  { text, how = 'typed', beganMs }: Extract<TurnInput, { readonly kind: 'message' }>,
  { newId, clock }: SessionContext,
): TurnSubject {
  const began = beganMs ?? (how === 'speech' ? undefined : clock.nowMs())
  return { userTurnId: newId(), userText: text, how, ...(began === undefined ? {} : { beganMs: began }) }
}

function isToken({ event }: Pick<SessionEvent, 'event'>): boolean {
  return event === 'token'
}

type SessionStatus = SessionEventData<'turn_end'>['session_status']

function turnEndEvent(record: TurnRecord, status: SessionStatus): LastEvent {
  const { id, status: turnStatus } = record
  return { event: 'turn_end', data: { turn_id: encodeId('turn', id), status: turnStatus, session_status: status } }
}

/** The last event of an answer that failed; what was said before it is committed as cut. */
function errorEvent(failure: AppError, requestId: string): LastEvent {
  const { retryable, title } = errorCatalogue[failure.code]
  return { event: 'error', data: { code: failure.code, title, retryable, request_id: requestId } }
}
