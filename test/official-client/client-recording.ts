/**
 * What an official client told its page, and what it wrote into the console; for the browser it comes over a bridge. Times are
 * the client's own, in ms.
 */
export type ClientEvent = { readonly event: string; readonly data: unknown; readonly atMs: number }
export type LogLine = { readonly level: string; readonly text: string }
export type HeardFrame = { readonly pcm: Buffer; readonly atMs: number }

/** The ends of the recording that a client writes to; everything is plain JSON, sound is base64. */
export type Recorder = {
  readonly note: (event: string, data: unknown, atMs: number) => void
  readonly hear: (base64: string, atMs: number) => void
  readonly log: (level: string, text: string) => void
}

/** Samples of two bytes, 24,000 a second. */
const bytesPerMs = 48

export class ClientRecording {
  readonly events: ClientEvent[] = []
  readonly audio: HeardFrame[] = []
  readonly lines: LogLine[] = []
  readonly #watchers = new Set<() => void>()

  readonly recorder: Recorder = {
    note: (event, data, atMs) => {
      this.events.push({ event, data, atMs })
      this.#wake()
    },
    hear: (base64, atMs) => {
      this.audio.push({ pcm: Buffer.from(base64, 'base64'), atMs })
      this.#wake()
    },
    log: (level, text) => {
      this.lines.push({ level, text })
      this.#wake()
    },
  }

  named(event: string): readonly ClientEvent[] {
    return this.events.filter((entry) => entry.event === event)
  }

  /** Our own messages (`server-message`) of one type. */
  own(type: string): readonly Readonly<Record<string, unknown>>[] {
    return this.named('serverMessage').flatMap(({ data }) => {
      const message = fieldsOf(data)
      return message['type'] === type ? [message] : []
    })
  }

  /** One field of all events of a name, as text. */
  texts(event: string, field = 'text'): readonly string[] {
    return this.named(event).map(({ data }) => String(fieldsOf(data)[field]))
  }

  get heardMs(): number {
    return this.audio.reduce((sum, { pcm }) => sum + pcm.byteLength / bytesPerMs, 0)
  }

  get heard(): Buffer {
    return Buffer.concat(this.audio.map(({ pcm }) => pcm))
  }

  /** What the client complained of. Its word about a callback that it wants to retire is ours, not the server's. */
  get complaints(): readonly string[] {
    return this.lines
      .filter(({ level, text }) => (level === 'error' || level === 'warn') && !text.includes('is deprecated'))
      .map(({ text }) => text)
  }

  /** Types that the client does not know. */
  get unrecognised(): readonly string[] {
    return this.lines.flatMap(({ text }) => /Unrecognized message type (\S+)/.exec(text)?.[1] ?? [])
  }

  /** Everything but the sound. */
  asText(): string {
    return JSON.stringify([this.events, this.lines])
  }

  async until(isSo: () => boolean, what: string, withinMs = 20_000): Promise<void> {
    if (isSo()) return
    const settled = Promise.withResolvers<void>()
    const look = (): void => {
      if (isSo()) settled.resolve()
    }
    const timer = setTimeout(() => settled.reject(new Error(this.#missing(what, withinMs))), withinMs)
    this.#watchers.add(look)
    try {
      await settled.promise
    } finally {
      clearTimeout(timer)
      this.#watchers.delete(look)
    }
  }

  /** The n-th turn has ended, counted from 1; returns its `turn_end`. */
  async turnEnd(nth: number, withinMs?: number): Promise<Readonly<Record<string, unknown>>> {
    await this.until(() => this.own('turn_end').length >= nth, `turn_end ${nth}`, withinMs)
    return this.own('turn_end')[nth - 1] ?? {}
  }

  /** The text of the next fatal error. */
  async fatalError(withinMs?: number): Promise<string> {
    const isFatal = ({ event, data }: ClientEvent): boolean => event === 'error' && messageOf(data)['fatal'] === true
    await this.until(() => this.events.some(isFatal), 'a fatal error', withinMs)
    return String(messageOf(this.events.find(isFatal)?.data)['error'])
  }

  #missing(what: string, withinMs: number): string {
    const last = this.events.slice(-10).map(({ event, data }) => `${event} ${JSON.stringify(data)}`)
    const log = this.lines.slice(-10).map(({ level, text }) => `${level} ${text}`)
    return `${what} did not come within ${withinMs} ms; ${[...last, ...log].join('\n')}`
  }

  #wake(): void {
    for (const look of this.#watchers) look()
  }
}

/** `onError` is told the whole message. */
function messageOf(data: unknown): Readonly<Record<string, unknown>> {
  return fieldsOf(fieldsOf(data)['data'])
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
