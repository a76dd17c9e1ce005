import type { SessionEvent, SessionEventData } from '@hyponema/contract'
import { type Refusal, readRefusal } from './read-refusal.ts'
import { readSessionEvents } from './read-session-events.ts'

/**
 * How the answer to one message ended.
 * - `finished`: every turn that began has ended, so it is committed.
 * - `failed`: the server sent `error`; what came before it stands.
 * - `refused`: the server did not take the message; nothing was said.
 * - `unanswered`: no answer began. The server may or may not have the message.
 * - `cut`: the answer stopped in the middle, or nothing came for two minutes. The server keeps what it had sent.
 * - `aborted`: by `abort()`.
 */
export type MessageOutcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly error: SessionEventData<'error'> }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'aborted' }

export type TextSession = {
  /** Asks the agent to open the conversation: once, before any message. `onEvent` as in `send`. */
  readonly start: (onEvent: (event: SessionEvent) => void) => Promise<MessageOutcome>
  /**
   * Sends one message of 1 to 8000 characters and calls `onEvent` for each event of the answer, in order, until the promise
   * settles. It never rejects: every ending is a {@link MessageOutcome}. One message at a time: a second one is refused by the
   * server with `session.turn_in_progress`. Nothing is sent twice by itself.
   */
  readonly send: (text: string, onEvent: (event: SessionEvent) => void) => Promise<MessageOutcome>
  /** Stops reading the answer in progress. The server sees the closed connection and commits the turn as cut. */
  readonly abort: () => void
}

/** A server that works sends something well before: its own deadline for a model is shorter. */
const silenceLimitMs = 120_000

/**
 * Holds a typed conversation in one session.
 *
 * `messagesUrl` and `token` come from the creation of the session (a `turn` token); the token is only ever sent to that URL.
 * Text in `token` events has passed the output gate; it is still text, so show it as text and never as markup.
 * `fetch` is the browser's unless a test hands in its own.
 */
export function createTextSession(options: {
  messagesUrl: string
  token: string
  fetch?: typeof globalThis.fetch
}): TextSession {
  const request = options.fetch ?? globalThis.fetch.bind(globalThis)
  let current: AbortController | undefined

  async function post(body: object, onEvent: (event: SessionEvent) => void): Promise<MessageOutcome> {
    const controller = new AbortController()
    current = controller
    const silence = createSilenceTimer(() => controller.abort(new SilenceError()))
    try {
      const response = await request(options.messagesUrl, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${options.token}`,
          'Content-Type': 'application/json',
          Accept: 'text/event-stream',
        },
        body: JSON.stringify(body),
        signal: controller.signal,
        cache: 'no-store',
        redirect: 'error',
      }).catch(() => undefined)
      if (response === undefined) return wasAborted(controller.signal) ? { kind: 'aborted' } : { kind: 'unanswered' }
      if (!response.ok) return { kind: 'refused', refusal: await readRefusal(response) }
      if (response.body === null) return { kind: 'cut' }
      return await follow({ body: response.body, signal: controller.signal, onEvent, onSign: silence.restart })
    } finally {
      silence.stop()
      if (current === controller) current = undefined
    }
  }

  return {
    start: (onEvent) => post({ start: true }, onEvent),
    send: (text, onEvent) => post({ text }, onEvent),
    abort: () => current?.abort(),
  }
}

async function follow(options: {
  body: ReadableStream<Uint8Array>
  signal: AbortSignal
  onEvent: (event: SessionEvent) => void
  onSign: () => void
}): Promise<MessageOutcome> {
  const openTurns = new Set<string>()
  let endedTurns = 0
  for await (const event of readSessionEvents(options.body)) {
    if (options.signal.aborted) break
    options.onSign()
    options.onEvent(event)
    if (event.event === 'error') return { kind: 'failed', error: event.data }
    if (event.event === 'turn_start') openTurns.add(event.data.turn_id)
    if (event.event === 'turn_end' && openTurns.delete(event.data.turn_id)) endedTurns += 1
  }
  if (wasAborted(options.signal)) return { kind: 'aborted' }
  return endedTurns > 0 && openTurns.size === 0 ? { kind: 'finished' } : { kind: 'cut' }
}

class SilenceError extends Error {
  override readonly name = 'SilenceError'
}

function wasAborted(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof SilenceError)
}

function createSilenceTimer(onSilence: () => void): { restart: () => void; stop: () => void } {
  let timer = setTimeout(onSilence, silenceLimitMs)
  return {
    restart: () => {
      clearTimeout(timer)
      timer = setTimeout(onSilence, silenceLimitMs)
    },
    stop: () => clearTimeout(timer),
  }
}
