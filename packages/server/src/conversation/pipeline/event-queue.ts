/**
 * The bounded queue between a running turn and the client that reads it.
 * States: open -> closed (all was said) | abandoned (the client left or read too slowly). A full queue makes the turn
 * wait, so memory stays bounded; a client that does not read for `patienceMs` is given up and the turn is aborted.
 * One reader. Several may write at once, as tools do that run beside each other; whoever waits goes on when the reader moves.
 */
export class EventQueue<Event> {
  readonly #options: EventQueueOptions<Event>
  readonly #events: Event[] = []
  #closed = false
  #abandoned = false
  #wakeReader: (() => void) | undefined
  readonly #writers = new Set<() => void>()

  constructor(options: EventQueueOptions<Event>) {
    this.#options = options
  }

  /** Adds an event, waiting while the queue is full. False when the client has gone and the event was dropped. */
  async push(event: Event): Promise<boolean> {
    while (this.#events.length >= this.#options.maxEvents && !this.#abandoned) await this.#untilReaderMoves()
    if (this.#abandoned || this.#closed) return false
    this.#events.push(event)
    this.#wakeReader?.()
    return true
  }

  /** Waits until the client has taken everything. False when it has not: it is gone, or the signal was first. */
  async drained(signal: AbortSignal): Promise<boolean> {
    while (this.#events.length > 0 && !signal.aborted) await this.#untilReaderMoves(signal)
    return !this.#abandoned && this.#events.length === 0
  }

  /** Takes back what waits to be read and is one of these. */
  drop(isUnwanted: (event: Event) => boolean): void {
    const kept = this.#events.splice(0).filter((event) => !isUnwanted(event))
    this.#events.push(...kept)
    this.#wakeWriters()
  }

  /** No more events will come; what is queued is still read. */
  close(): void {
    this.#closed = true
    this.#wakeReader?.()
  }

  /** The client is gone: forget what is queued and tell the turn. */
  abandon(): void {
    if (this.#abandoned || (this.#closed && this.#events.length === 0)) return
    this.#abandoned = true
    this.#events.splice(0)
    this.#wakeWriters()
    this.#wakeReader?.()
    this.#options.onAbandoned()
  }

  /** The next event, or undefined at the end. */
  async next(): Promise<Event | undefined> {
    while (this.#events.length === 0) {
      if (this.#closed || this.#abandoned) return undefined
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve
      })
    }
    const event = this.#events.shift()
    if (event !== undefined) this.#options.onTaken(event)
    this.#wakeWriters()
    return event
  }

  #wakeWriters(): void {
    for (const wake of [...this.#writers]) wake()
  }

  async #untilReaderMoves(signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#writers.delete(wake)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#writers.delete(wake)
        this.abandon()
        resolve()
      }, this.#options.patienceMs)
      signal?.addEventListener('abort', wake, { once: true })
      this.#writers.add(wake)
    })
  }
}

export type EventQueueOptions<Event> = {
  readonly maxEvents: number
  readonly patienceMs: number
  /** The client has got this event. Called in the order of the events, before the reader goes on with it. */
  readonly onTaken: (event: Event) => void
  readonly onAbandoned: () => void
}
