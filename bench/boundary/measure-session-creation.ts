import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { apiClient } from '../../test/end-to-end/api-client.ts'
import { publishAgent } from '../../test/end-to-end/published-agent.ts'
import { cores, pinRunning, startPinned } from '../voice/pinned-process.ts'
import { alternatingPairs } from './alternating-pairs.ts'
import type { BenchCluster } from './bench-cluster.ts'

/** As many as the app has connections to the database. */
const inFlight = 16
/** Below the live sessions that one workspace may have, whatever the run makes. */
const sessionsPerWorkspace = 500
/** Of each workspace. */
const people = 5
/** More than this machine makes in a second. */
const sessionsPerSecond = 1_500

/** Requests a second: empty scoped transactions, and sessions that were made. */
export type CreationPair = readonly [emptyPerSecond: number, sessionsPerSecond: number]

type Target = { readonly key: string; readonly agentId: string }

/** Both over HTTP, from the same client to the same process, by turns. */
export async function measureSessionCreation(
  cluster: BenchCluster,
  options: { pairs: number; seconds: number },
): Promise<readonly CreationPair[]> {
  const workspaces = Math.ceil(((options.pairs + 2) * options.seconds * sessionsPerSecond) / sessionsPerWorkspace)
  const { host, port, database } = cluster.address
  const server = await startPinned(new URL('./boundary-server.ts', import.meta.url), cores.server, [
    ...['--home', cluster.home, '--host', host, '--port', String(port)],
    ...['--database', database, '--workspaces', String(workspaces)],
  ])
  pinRunning([process.pid, cluster.pid], cores.rest)
  const client = new Client(server.port)
  try {
    const targets = await furnish(client, server.port)
    const empty = () => client.perSecond(options.seconds, () => ({ method: 'GET', path: '/bench/empty' }))
    const sessions = () => client.perSecond(options.seconds, (number) => creation(targets, number))
    await empty()
    await sessions()
    return await alternatingPairs(options.pairs, empty, sessions)
  } finally {
    client.close()
    server.child.kill()
    await once(server.child, 'exit')
  }
}

async function furnish(client: Client, port: number): Promise<readonly Target[]> {
  const keys = z.array(z.string()).parse(JSON.parse(await client.send({ method: 'GET', path: '/bench/keys' })))
  const targets: Target[] = []
  for (const key of keys) {
    const call = apiClient(`http://127.0.0.1:${port}`, key)
    const agentId = await publishAgent(call, 'Bench', {
      persona: { prompt: 'A talker.' },
      model: { kind: 'scripted', script: { rules: [], otherwise: 'Yes.' } },
      policy: {},
    })
    targets.push({ key, agentId })
    // The client's address has a budget too.
    if (targets.length % 200 === 0) await pause(500)
  }
  return targets
}

let made = 0

function creation(targets: readonly Target[], number: number): Sent {
  const target = targets[made % targets.length]
  made += 1
  if (target === undefined) throw new Error('no workspace')
  // People come back: after the first of these each has a row and a key.
  return {
    method: 'POST',
    path: '/v1/sessions',
    key: target.key,
    body: JSON.stringify({ agent_id: target.agentId, user_id: `person ${number % people}` }),
  }
}

type Sent = { readonly method: string; readonly path: string; readonly key?: string; readonly body?: string }

class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  readonly #port: number
  #sent = 0

  constructor(port: number) {
    this.#port = port
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Whoever is answered asks again at once. */
  async perSecond(seconds: number, make: (number: number) => Sent): Promise<number> {
    const startedMs = performance.now()
    let answered = 0
    const ask = async (): Promise<void> => {
      while (performance.now() - startedMs < seconds * 1000) {
        await this.send(make(answered))
        answered += 1
      }
    }
    await Promise.all(Array.from({ length: inFlight }, ask))
    return answered / ((performance.now() - startedMs) / 1000)
  }

  async send({ method, path, key, body }: Sent): Promise<string> {
    this.#sent += 1
    const headers = {
      'x-forwarded-for': `10.${(this.#sent >> 16) & 255}.${(this.#sent >> 8) & 255}.${this.#sent & 255}`,
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    const sent = request({ agent: this.#agent, port: this.#port, host: '127.0.0.1', method, path, headers })
    sent.end(body)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve)
      sent.once('error', reject)
    })
    const words = await text(answer)
    if (answer.statusCode !== 200 && answer.statusCode !== 201)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${words}`)
    return words
  }
}
