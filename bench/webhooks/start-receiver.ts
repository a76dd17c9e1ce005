import { once } from 'node:events'
import { z } from 'zod'
import { cores, startPinned } from '../voice/pinned-process.ts'

const seenSchema = z.object({
  kind: z.literal('seen'),
  count: z.number(),
  timed: z.array(z.tuple([z.string(), z.number()])),
})

export type SeenByReceiver = z.infer<typeof seenSchema>

export type BenchReceiver = {
  readonly port: number
  readonly pid: number
  /** How many requests have come, and when those came whose time is asked for, since the last question. */
  readonly seen: () => Promise<SeenByReceiver>
  readonly stop: () => Promise<void>
}

/** Beside the database on the other core, as a customer's backend would not be in our process. */
export async function startBenchReceiver(): Promise<BenchReceiver> {
  const { port, child } = await startPinned(new URL('./bench-receiver.ts', import.meta.url), cores.rest)
  return {
    port,
    pid: child.pid ?? 0,
    seen: async () => {
      const answered = once(child, 'message')
      child.send('seen')
      const [message] = await answered
      return seenSchema.parse(message)
    },
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
