import type { SessionEvent } from '@hyponema/contract'
import { createParser } from 'eventsource-parser'
import { parseSessionEvent } from './parse-session-event.ts'

/** The longest event is a visible tool result; a stream that goes on for longer without an event end is not ours. */
const maxEventCharacters = 1024 * 1024

/**
 * Yields the events of a Server-Sent Events body in order, however the network cut its bytes, characters of several bytes
 * included. Returns when the body ends, breaks or is no event stream; an event that had not ended by then is dropped, as the
 * standard says. Whether the answer was whole is told by its events, never by the way the connection closed.
 */
export async function* readSessionEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SessionEvent, void, void> {
  const arrived: SessionEvent[] = []
  let isOverfull = false
  const parser = createParser({
    maxBufferSize: maxEventCharacters,
    onEvent: (message) => {
      const event = parseSessionEvent(message.event ?? 'message', message.data)
      if (event !== undefined) arrived.push(event)
    },
    onError: (error) => {
      isOverfull ||= error.type === 'max-buffer-size-exceeded'
    },
  })
  function feed(text: string): boolean {
    parser.feed(text)
    return !isOverfull
  }
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const chunk = await reader.read().catch(() => undefined)
      if (chunk?.value === undefined || !feed(decoder.decode(chunk.value, { stream: true }))) return
      yield* arrived.splice(0)
    }
  } finally {
    // Also when the consumer stops early: the connection is given back and the server sees that nobody reads on.
    await reader.cancel().catch(() => undefined)
  }
}
