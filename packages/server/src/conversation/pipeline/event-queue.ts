/**
 * The bounded queue between a running turn and the client that reads it.
 * States: open -> closed (all was said) | abandoned (the client left or read too slowly). A full queue makes the turn
 * wait, so memory stays bounded; a client that does not read for `patienceMs` is given up and the turn is aborted.
 */
export class EventQueue<Event> {
  readonly #maxEvents: number
  readonly #patienceMs: number
  readonly #onAbandoned: (unread: readonly Event[]) => void
  readonly #events: Event[] = []
  #closed = false
  #abandoned = false
  #wakeReader: (() => void) | undefined
  #wakeWriter: (() => void) | undefined

  constructor(options: { maxEvents: number; patienceMs: number; onAbandoned: (unread: readonly Event[]) => void }) {
    this.#maxEvents = options.maxEvents
    this.#patienceMs = options.patienceMs
    this.#onAbandoned = options.onAbandoned
  }

  /** Adds an event, waiting while the queue is full. False when the client has gone and the event was dropped. */
  async push(event: Event): Promise<boolean> {
    if (this.#events.length >= this.#maxEvents && !this.#abandoned) await this.#roomOrAbandon()
    if (this.#abandoned || this.#closed) return false
    this.#events.push(event)
    this.#wakeReader?.()
    return true
  }

  /** No more events will come; what is queued is still read. */
  close(): void {
    this.#closed = true
    this.#wakeReader?.()
  }

  /** The client is gone: forget what is queued and tell the turn, with what was never read. */
  abandon(): void {
    if (this.#abandoned || (this.#closed && this.#events.length === 0)) return
    this.#abandoned = true
    const unread = this.#events.splice(0)
    this.#wakeWriter?.()
    this.#wakeReader?.()
    this.#onAbandoned(unread)
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
    this.#wakeWriter?.()
    return event
  }

  async #roomOrAbandon(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.abandon(), this.#patienceMs)
      this.#wakeWriter = () => {
        if (this.#events.length >= this.#maxEvents) return
        clearTimeout(timer)
        this.#wakeWriter = undefined
        resolve()
      }
    })
  }
}
