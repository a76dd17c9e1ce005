/**
 * How the words of an operator reach the client of a text session: on a stream of its own, which stays open between messages.
 *
 * One stream a session; a newer one takes the place of the older. Without one, words wait (they are not said to nobody), but an end
 * that a rule asks for comes all the same.
 */
import type { SessionEvent } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { HandedWords } from '../hand-over/hand-over.ts'
import { handedInput } from '../hand-over/handed-input.ts'
import type { Delivery, LiveSession, RunningTurn } from '../live-session.ts'
import { EventQueue } from '../pipeline/event-queue.ts'

/** Longer than the longest message of an operator in tokens. */
const maxQueuedEvents = 512
const clientPatienceMs = 15_000
/** Proxies close what stays silent for long; a client opens the next one. */
const maxOpenMs = 10 * 60_000
/** Then they wait for the next message, turn or stream. */
const maxFailures = 5
const retryMs = 1000

export class TextHandOver {
  readonly #session: LiveSession
  readonly #requestId: string
  #stream: EventQueue<SessionEvent> | undefined
  #running: RunningTurn | undefined
  #told: string | undefined
  /** In a row. */
  #failures = 0

  constructor(session: LiveSession, requestId: string) {
    this.#session = session
    this.#requestId = requestId
    const stop = session.context.handOver.onChange(() => this.#pump())
    session.onEnd(() => {
      stop()
      this.#stream?.close()
    })
  }

  /** Opens the stream: the state of now first, then each change of it, and what is said. */
  open(): EventQueue<SessionEvent> {
    this.#stream?.close()
    const stream: EventQueue<SessionEvent> = new EventQueue<SessionEvent>({
      maxEvents: maxQueuedEvents,
      patienceMs: clientPatienceMs,
      onTaken: (event) => {
        if (event.event === 'token') this.#running?.reached(this.#running.heardCharacters() + event.data.text.length)
      },
      onAbandoned: () => this.#left(stream),
    })
    this.#stream = stream
    this.#told = undefined
    const timer = setTimeout(() => {
      if (this.#stream === stream) this.#stream = undefined
      stream.close()
    }, maxOpenMs)
    timer.unref()
    if (this.#session.isEnded) stream.close()
    else this.#pump()
    return stream
  }

  #left(stream: EventQueue<SessionEvent>): void {
    if (this.#stream !== stream) return
    this.#stream = undefined
    this.#running?.cut(new AppError('request.conflict', 'the client left'))
  }

  #pump(): void {
    this.#tellState()
    if (this.#running !== undefined || this.#session.isEnded) return
    const { handOver } = this.#session.context
    for (;;) {
      const words = handOver.next
      if (words === undefined || (this.#stream === undefined && !endsSession(words))) return
      handOver.takeNext()
      const input = handedInput(words, this.#session.context)
      if (input === undefined) continue
      try {
        this.#session.begin(input, this.#requestId, (turn) => this.#deliver(turn))
        this.#failures = 0
      } catch (error) {
        this.#failed(words, error)
      }
      return
    }
  }

  /** It waits again; what fails in another way than behind a turn is tried a few times more, and said to operators. */
  #failed(words: HandedWords, error: unknown): void {
    if (this.#session.isEnded) return
    this.#session.context.handOver.putBack(words)
    // It is said behind the turn that runs.
    if (error instanceof AppError && error.code === 'session.turn_in_progress') return
    this.#failures += 1
    this.#session.log('words of an operator could not be said', error)
    if (this.#failures < maxFailures) setTimeout(() => this.#pump(), retryMs).unref()
  }

  #deliver(turn: RunningTurn): Delivery {
    const stream = this.#stream
    this.#running = turn
    void turn.done.then(() => {
      this.#running = undefined
      this.#pump()
    })
    if (stream === undefined) return unheard
    turn.signal.addEventListener('abort', () => stream.drop(isToken), { once: true })
    return {
      emit: (event) => stream.push(event),
      heardAll: (signal) => stream.drained(signal),
      finish: async (event) => {
        await stream.push(event)
      },
    }
  }

  #tellState(): void {
    const { state } = this.#session.context.handOver
    if (this.#stream === undefined || this.#told === state) return
    this.#told = state
    void this.#stream.push({ event: 'escalation', data: { state } })
  }
}

/** Nobody reads it, and nothing of it counts as heard. */
const unheard: Delivery = {
  emit: () => Promise.resolve(false),
  heardAll: () => Promise.resolve(false),
  finish: () => Promise.resolve(),
}

function endsSession(words: HandedWords): boolean {
  return words.kind === 'unanswered' && words.escalation.fallback === 'end'
}

function isToken({ event }: SessionEvent): boolean {
  return event === 'token'
}
