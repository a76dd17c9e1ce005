import { z } from 'zod'
import type { StubSocket } from './voice-stub.ts'

const messageSchema = z.strictObject({
  t: z.literal('playback'),
  d: z.strictObject({ epoch: z.number(), played_ms: z.number() }),
})

/** How far the page says that it has played. It has nothing else to say by messages of its own. */
export function playbackReports(socket: StubSocket): readonly z.infer<typeof messageSchema>['d'][] {
  return socket.envelopes.flatMap(({ type, data }) => (type === 'client-message' ? [messageSchema.parse(data).d] : []))
}
