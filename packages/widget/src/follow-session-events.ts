import type { SessionEvent } from '@hyponema/contract'
import { readRefusal } from './read-refusal.ts'
import { readSessionEvents } from './read-session-events.ts'
import { reconnectDelay } from './voice/reconnect-delay.ts'

/** A stream that stood this long was no failed attempt, so the next one is opened soon. */
const stoodMs = 10_000

/**
 * Reads what is said in a text session between two messages, until it is stopped or the server says that there is nothing more to
 * read: the session is over, or the token is not taken. A stream that closes or breaks is opened again, later each time.
 *
 * `eventsUrl` and `token` are of one session; the token is sent to that URL alone. `onGap` is called when a stream that had begun is
 * gone: what it had not finished will not be finished. `seed` spreads the attempts of many pages. Returns what stops it; after that
 * nothing is called any more.
 */
export function followSessionEvents(options: {
  readonly eventsUrl: string
  readonly token: string
  readonly seed: string
  readonly fetch: typeof globalThis.fetch
  readonly onEvent: (event: SessionEvent) => void
  readonly onGap: () => void
}): () => void {
  const stopping = new AbortController()
  void follow(options, stopping.signal)
  return () => stopping.abort()
}

type Options = Parameters<typeof followSessionEvents>[0]

async function follow(options: Options, signal: AbortSignal): Promise<void> {
  let attempt = 0
  while (!signal.aborted) {
    const startedMs = performance.now()
    const end = await readOnce(options, signal)
    if (end.kind === 'over' || signal.aborted) return
    attempt = performance.now() - startedMs >= stoodMs ? 1 : attempt + 1
    await pause(Math.max(end.waitMs, reconnectDelay(attempt, options.seed)), signal)
  }
}

type StreamEnd = { readonly kind: 'over' } | { readonly kind: 'again'; readonly waitMs: number }

async function readOnce({ eventsUrl, token, fetch, onEvent, onGap }: Options, signal: AbortSignal): Promise<StreamEnd> {
  const response = await fetch(eventsUrl, {
    headers: { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' },
    signal,
    cache: 'no-store',
    redirect: 'error',
  }).catch(() => undefined)
  if (response === undefined) return { kind: 'again', waitMs: 0 }
  if (!response.ok) {
    const { retryable, retryAfterSeconds } = await readRefusal(response)
    if (!retryable && response.status < 500) return { kind: 'over' }
    return { kind: 'again', waitMs: (retryAfterSeconds ?? 0) * 1000 }
  }
  if (response.body === null) return { kind: 'again', waitMs: 0 }
  for await (const event of readSessionEvents(response.body)) {
    if (signal.aborted) return { kind: 'over' }
    onEvent(event)
  }
  if (!signal.aborted) onGap()
  return { kind: 'again', waitMs: 0 }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer)
      resolve()
    },
    { once: true },
  )
  return promise
}
