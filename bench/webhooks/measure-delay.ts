import { setTimeout as pause } from 'node:timers/promises'
import type { SeenByReceiver } from './start-receiver.ts'
import type { WebhookBench } from './webhook-bench.ts'

const hanging = 100
const everyMs = 50

/**
 * Milliseconds from the commit of an event to its arrival at an endpoint that answers, while a hundred others hang: half of
 * them in the same workspace, the rest in twenty others, all with something to receive all the while.
 */
export async function measureDelay(
  bench: WebhookBench,
  seen: () => Promise<SeenByReceiver>,
  options: { seconds: number },
): Promise<readonly number[]> {
  const own = await bench.makeScope()
  const others = await Promise.all(Array.from({ length: 20 }, () => bench.makeScope()))
  await bench.plant(own, '/timed')
  for (let count = 0; count < hanging; count += 1) {
    const scope = count < hanging / 2 ? own : (others[count % others.length] ?? own)
    await bench.plant(scope, `/hang/${count}`)
  }
  const worker = bench.openWorker()
  worker.start()
  const committedAt = new Map<string, number>()
  const delays: number[] = []
  const collect = async (): Promise<void> => {
    for (const [id, atMs] of (await seen()).timed) {
      const committedMs = committedAt.get(id)
      committedAt.delete(id)
      if (committedMs !== undefined) delays.push(Math.max(0, atMs - committedMs))
    }
  }
  const endMs = performance.now() + options.seconds * 1000
  for (let round = 0; performance.now() < endMs; round += 1) {
    const [id = ''] = await bench.record(own, 1)
    committedAt.set(id, Date.now())
    const other = others[round % others.length]
    if (other !== undefined) await bench.record(other, 1)
    await pause(everyMs)
  }
  const patienceMs = performance.now() + 20_000
  while (committedAt.size > 0 && performance.now() < patienceMs) {
    await collect()
    await pause(100)
  }
  await worker.stop()
  // What has not come by now has not come.
  return [...delays, ...Array.from({ length: committedAt.size }, () => Number.POSITIVE_INFINITY)]
}
