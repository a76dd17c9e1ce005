import { openBareRequests } from '../../packages/server/src/platform/outbound/test-harness/bare-requests.ts'
import { alternatingPairs } from '../boundary/alternating-pairs.ts'
import type { WebhookBench } from './webhook-bench.ts'

/** As many as one endpoint that answers has at once. */
const inFlight = 16
/** In one transaction when they are recorded, which is not what is measured. */
const recordedAtOnce = 250

/** A second: deliveries from the outbox to a receiver, with all that they leave behind, and bare requests to it. */
export type ThroughputPair = readonly [deliveries: number, requests: number]

/** Both from this process to the same receiver, as many, with as many at once and the same body, by turns. */
export async function measureThroughput(
  bench: WebhookBench,
  receiverPort: number,
  options: { pairs: number; events: number },
): Promise<readonly ThroughputPair[]> {
  const scope = await bench.makeScope()
  await bench.plant(scope, '/receive')
  const worker = bench.openWorker()
  const bare = openBareRequests(`http://127.0.0.1:${receiverPort}`, inFlight)
  const deliver = async (): Promise<number> => {
    for (let left = options.events; left > 0; left -= recordedAtOnce)
      await bench.record(scope, Math.min(left, recordedAtOnce))
    return perSecond(options.events, async () => {
      await worker.runOnce()
    })
  }
  const request = (): Promise<number> => perSecond(options.events, () => sendBare(bare, options.events))
  try {
    await deliver()
    await request()
    return await alternatingPairs(options.pairs, deliver, request)
  } finally {
    await worker.stop()
    await bare.close()
  }
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return count / ((performance.now() - startedMs) / 1000)
}

/** Headers and a body as ours are. */
const headers = {
  'content-type': 'application/json',
  'user-agent': 'hyponema',
  'webhook-id': 'evt_01m8psfmvde008t8gkd2jthyq3',
  'webhook-timestamp': '1796061600',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
const body = JSON.stringify({
  id: headers['webhook-id'],
  type: 'transcript.ready',
  created_at: '2026-11-30T18:00:00.000Z',
  data: { session_id: 'ses_01m8psfmvde008t8gkd2jthyq3', turn_count: 12 },
})

async function sendBare(bare: ReturnType<typeof openBareRequests>, count: number): Promise<void> {
  let left = count
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await bare.post('/receive', headers, body)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}
