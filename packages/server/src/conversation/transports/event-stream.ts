import type { SessionEvent } from '@hyponema/contract'
import type { EventQueue } from '../pipeline/event-queue.ts'

const encoder = new TextEncoder()

/**
 * The events of one turn as Server-Sent Events. Pulled by the reader, so a slow client is waited for (in the queue, with
 * a bound); when it leaves, the turn is told.
 */
export function eventStream(queue: EventQueue<SessionEvent>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const event = await queue.next()
        if (event === undefined) controller.close()
        else controller.enqueue(encoder.encode(`event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`))
      },
      cancel: () => queue.abandon(),
    },
    { highWaterMark: 0 },
  )
}
