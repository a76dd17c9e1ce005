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

import { encodeId, errorCatalogue, type SessionEvent, type SessionEventData, type Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../guards/content-keys.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Database } from '../platform/postgres/database.ts'
import { commitTurn } from './pipeline/commit-turn.ts'
import { EventQueue } from './pipeline/event-queue.ts'
import { runTurn } from './pipeline/run-turn.ts'
import type { Listener, SessionContext } from './pipeline/session-context.ts'
import { TurnRecord } from './pipeline/turn-record.ts'

/** About a minute of speech in tokens; a client that is further behind is not reading. */
const maxQueuedEvents = 512
const clientPatienceMs = 15_000

export type TurnInput = { readonly kind: 'message'; readonly text: string } | { readonly kind: 'start' }

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

  constructor(context: SessionContext, deps: LiveSessionDependencies, wipe: () => void) {
    this.context = context
    this.#deps = deps
    this.#wipe = wipe
  }

  get isEnded(): boolean {
    return this.#state.kind === 'ended'
  }

  /** Begins a turn and returns its events. Throws session.turn_in_progress, session.not_live or request.conflict. */
  answer(input: TurnInput, requestId: string): EventQueue<SessionEvent> {
    if (this.#state.kind === 'ended') throw new AppError('session.not_live', 'session has ended')
    if (this.#state.kind === 'answering') {
      throw new AppError('session.turn_in_progress', 'a turn is running', { retryAfterSeconds: 1 })
    }
    if (input.kind === 'start' && (this.#turns > 0 || this.context.firstMessage === undefined)) {
      throw new AppError('request.conflict', 'start is for the opening of an agent with a first message only')
    }
    this.#turns += 1
    const { clock, newId } = this.context
    const isMessage = input.kind === 'message'
    const record = new TurnRecord({
      userTurnId: isMessage ? newId() : undefined,
      userText: isMessage ? input.text : undefined,
      id: newId(),
      startedAtMs: clock.nowMs(),
    })
    const controller = new AbortController()
    const queue = new EventQueue<SessionEvent>({
      maxEvents: maxQueuedEvents,
      patienceMs: clientPatienceMs,
      onTaken: (event) => {
        if (event.event === 'token') record.reached(record.heard.length + event.data.text.length)
      },
      onAbandoned: () => controller.abort(new AppError('request.conflict', 'the client left')),
    })
    controller.signal.addEventListener('abort', () => queue.drop(isToken), { once: true })
    const done = this.#run({ record, queue, controller, requestId })
    this.#state = { kind: 'answering', controller, done }
    return queue
  }

  /** Ends it here: the running turn is cut and committed, then the keys are wiped. Resolves when that is done. */
  end(): Promise<void> {
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
    this.#wipe()
    this.#deps.onEnded(this)
  }

  /** For a drain: waits for the running turn without cutting it. */
  async settled(): Promise<void> {
    await (this.#state.kind === 'answering' ? this.#state.done : this.#ending)
  }

  async #run(turn: {
    record: TurnRecord
    queue: EventQueue<SessionEvent>
    controller: AbortController
    requestId: string
  }): Promise<void> {
    const { record, queue, requestId } = turn
    try {
      const listener = this.#listener(queue, turn.controller)
      const failure = await runTurn({ context: this.context, record, ...listener, signal: turn.controller.signal })
      if (failure !== undefined) this.#deps.log(failure.message, failure)
      const status = await commitTurn({ ...this.#deps, context: this.context, record })
      await queue.push(failure === undefined ? turnEndEvent(record, status) : errorEvent(failure, requestId))
      queue.close()
      this.#finish(status === 'in_progress' ? 'listening' : 'ended')
    } catch (error) {
      this.#deps.onCommitFailed(this, error)
      await queue.push(
        errorEvent(error instanceof AppError ? error : new AppError('server.internal', 'commit failed'), requestId),
      )
      queue.close()
      this.#finish('ended')
    }
  }

  #listener(queue: EventQueue<SessionEvent>, controller: AbortController): Listener {
    return {
      emit: (event) => {
        if (!this.#deps.maySpeak()) controller.abort(new AppError('session.owned_elsewhere', 'the lease ran out'))
        return controller.signal.aborted && isToken(event) ? Promise.resolve(false) : queue.push(event)
      },
      heardAll: async (signal) => {
        const heard = await queue.drained(signal)
        if (!heard) queue.drop(isToken)
        return heard
      },
    }
  }

  #finish(next: 'listening' | 'ended'): void {
    if (this.#state.kind === 'ended') return
    this.#state = { kind: next }
    if (next === 'listening') return
    this.#wipe()
    this.#deps.onEnded(this)
  }
}

function isToken({ event }: SessionEvent): boolean {
  return event === 'token'
}

type SessionStatus = SessionEventData<'turn_end'>['session_status']

function turnEndEvent(record: TurnRecord, status: SessionStatus): SessionEvent {
  const { id, status: turnStatus } = record
  return { event: 'turn_end', data: { turn_id: encodeId('turn', id), status: turnStatus, session_status: status } }
}

/** The last event of an answer that failed; what was said before it is committed as cut. */
function errorEvent(failure: AppError, requestId: string): SessionEvent {
  const { retryable, title } = errorCatalogue[failure.code]
  return { event: 'error', data: { code: failure.code, title, retryable, request_id: requestId } }
}
