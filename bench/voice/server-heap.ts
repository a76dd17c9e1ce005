/** What the server itself holds, after a full collection: asked through Node's inspector, whose port only a measured server opens. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { within } from './voice-line.ts'

export type HeapMb = { readonly heap: number; readonly external: number }

const answerSchema = z.object({ id: z.int(), result: z.object({ result: z.object({ value: z.string() }) }) })
const usageSchema = z.object({ heapUsed: z.number(), external: z.number() })
const bytesPerMb = 1_048_576

/** `external` holds the buffers as well. */
export async function readHeap(inspectorUrl: string): Promise<HeapMb> {
  const socket = new WebSocket(inspectorUrl, { perMessageDeflate: false })
  await once(socket, 'open')
  const answered = new Promise<string>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const answer = answerSchema.safeParse(JSON.parse(data.toString('utf8')))
      if (answer.success) resolve(answer.data.result.result.value)
    })
  })
  // Twice: what the first one finalises, the second one frees.
  const expression = 'gc(); gc(); JSON.stringify(process.memoryUsage())'
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true } }))
  const usage = usageSchema.parse(JSON.parse(await within(20_000, 'the answer of the inspector', answered)))
  socket.close()
  return { heap: usage.heapUsed / bytesPerMb, external: usage.external / bytesPerMb }
}
