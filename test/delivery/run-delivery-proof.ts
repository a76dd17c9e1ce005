/**
 * Kills a worker with -9 at random points, again and again, while another process records events and a receiver fails at
 * random. At the end every event has arrived at every endpoint that wants it, under one id and with one body.
 *
 * record (one process, all the while) -> outbox -> worker (a real one, killed) -> receiver (here)
 *
 * Time is shortened in one way only: what waits is made due, as hours would; while a worker lives not what it has leased.
 */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { openInstallation } from '../../packages/server/src/commands/open-installation.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { createWorkspace } from '../../packages/server/src/features/workspaces/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { provenScope, type WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createCredentialSealer } from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import { writeSecretFile } from '../../packages/server/src/platform/crypto/write-secret-file.ts'
import { askAs } from '../../packages/server/src/platform/postgres/ask-as.ts'
import type { DatabaseAddress } from '../../packages/server/src/platform/postgres/database-address.ts'
import { type LoginPool, openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import type { Login, Logins } from '../../packages/server/src/platform/postgres/logins.ts'
import { judgeArrivals, type Told, type Watched } from './judge-arrivals.ts'
import { type PlantedEndpoint, plantEndpoint } from './plant-endpoint.ts'
import { type Arrival, type Receiver, type ReceiverAnswer, startReceiver } from './receiver.ts'
import { seededRandom } from './seeded-random.ts'

export type DeliveryProof = {
  readonly seed: number
  readonly kills: number
  readonly seconds: number
  readonly events: number
  /** Pairs of an event and an endpoint that wants it. */
  readonly owed: number
  readonly arrivals: number
  /** Requests of a pair beyond its first. */
  readonly repeated: number
  /** What must not be; none in a proof that holds. */
  readonly findings: readonly string[]
}

export type ProofGround = { readonly address: DatabaseAddress; readonly logins: Logins; readonly superuser: Login }

const mainPath = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const recorderPath = fileURLToPath(new URL('./record-events.ts', import.meta.url))
const toldSchema = z.object({ id: z.string(), workspaceId: z.uuid(), sessionId: z.uuid() })
/** A worker lives as long as it needs to start, and up to this. */
const longestLifeMs = 1_500
/** An attempt that is cut by a kill is repeated when its lease ends, after 30 s, and some fail a few times then. */
const settleWithinMs = 300_000
/** While a worker lives its leases of 30 s are left as they are. */
const aliveSeconds = 40
/** Of one event at one endpoint; then it succeeds, so that ten attempts are never used up. */
const mostFailures = 3

export async function runDeliveryProof(
  ground: ProofGround,
  options: { kills: number; seed: number; onProgress?: (sentence: string) => void },
): Promise<DeliveryProof> {
  const startedMs = performance.now()
  const home = await mkdtemp(join(tmpdir(), 'hyponema-delivery-'))
  await writeSecretFile(join(home, 'logins.json'), JSON.stringify(ground.logins))
  const admin = openLoginPool({ address: ground.address, login: ground.superuser, limits: { maxConnections: 2 } })
  const receiver = await startReceiver()
  const random = seededRandom(options.seed)
  const succeeded: Arrival[] = []
  receiver.answerWith(failingAnswers(random, succeeded))
  const recorder = { stop: async (): Promise<readonly Told[]> => [] }
  const worker = new KilledWorker({ home, address: ground.address, origin: receiver.origin })
  try {
    const watched = await plantEverything(ground, home, receiver)
    recorder.stop = startRecorder(ground.address, home, { seed: options.seed, watched })
    for (let kill = 1; kill <= options.kills; kill += 1) {
      await worker.liveFor(Math.floor(random() * longestLifeMs))
      // Nobody lives who holds a lease.
      await hurry(admin, 0)
      options.onProgress?.(`kill ${kill} of ${options.kills}: ${receiver.arrivals.length} requests so far`)
    }
    const told = await recorder.stop()
    // What has failed by now gets through in the end, as with any receiver that is mended.
    receiver.answerWith((arrival) => {
      succeeded.push(arrival)
      return { status: 200, body: 'ok' }
    })
    await worker.start()
    options.onProgress?.(`no more kills: waiting for what is left, ${settleWithinMs / 1000} s at most`)
    await waitUntilSettled(admin)
    const arrivals = receiver.arrivals
    return {
      seed: options.seed,
      kills: options.kills,
      seconds: Math.round((performance.now() - startedMs) / 1000),
      events: told.length,
      ...judgeArrivals({ told, watched, arrivals, succeeded }),
    }
  } finally {
    await recorder.stop().catch(() => undefined)
    await worker.kill()
    await receiver.close()
    await admin.close()
    await rm(home, { recursive: true, force: true })
  }
}

/** Three workspaces, each with an endpoint for everything, one that wants its sessions in order, and one for few events. */
async function plantEverything(ground: ProofGround, home: string, receiver: Receiver): Promise<readonly Watched[]> {
  const newId = idMaker(systemClock)
  const config = readConfig({ environment: { HYPONEMA_HOME: home } })
  const installation = await openInstallation({ config, clock: systemClock, address: ground.address })
  const { database } = installation
  const parts = {
    database,
    sealer: createCredentialSealer(installation.credentialKeys),
    newId,
    origin: receiver.origin,
  }
  const makeScope = async (): Promise<WorkspaceScope> => {
    const scope = provenScope(newId())
    const principal = { kind: 'system', scope, name: 'proof' } as const
    await auditedTransaction({ database, clock: systemClock, newId, scope, principal }, (tx) =>
      createWorkspace(tx, { name: 'Proof' }),
    )
    return scope
  }
  try {
    const watched: Watched[] = []
    for (let count = 0; count < 3; count += 1) {
      const scope = await makeScope()
      const add = (endpoint: PlantedEndpoint, wants: RegExp, isOrdered: boolean) =>
        watched.push({ workspaceId: scope.workspaceId, endpoint, wants, isOrdered })
      add(await plantEndpoint(parts, scope, { ed25519: true }), /./, false)
      add(await plantEndpoint(parts, scope, { ordered: true }), /./, true)
      add(await plantEndpoint(parts, scope, { eventTypes: ['session.*'] }), /^session\./, false)
    }
    return watched
  } finally {
    await database.close()
    installation.keyring.destroy()
  }
}

function failingAnswers(random: () => number, succeeded: Arrival[]) {
  const failures = new Map<string, number>()
  const failed = (key: string, answer: ReceiverAnswer): ReceiverAnswer => {
    failures.set(key, (failures.get(key) ?? 0) + 1)
    return answer
  }
  return async (arrival: Arrival): Promise<ReceiverAnswer> => {
    const key = `${arrival.path} ${arrival.id}`
    const dice = (failures.get(key) ?? 0) >= mostFailures ? 1 : random()
    if (dice < 0.06) return failed(key, { status: 500, body: 'broken' })
    if (dice < 0.1) return failed(key, { status: 503, headers: { 'retry-after': '2' } })
    if (dice < 0.12) return failed(key, { status: 302, headers: { location: '/elsewhere' } })
    if (dice < 0.16) return failed(key, 'cut')
    if (dice < 0.17) return failed(key, 'hang')
    if (dice < 0.25) await pause(Math.floor(random() * 800))
    succeeded.push(arrival)
    return { status: 200, body: 'ok' }
  }
}

/** Resolves to everything that was told of, once the process has ended. */
function startRecorder(
  { host, port, database }: DatabaseAddress,
  home: string,
  { seed, watched }: { seed: number; watched: readonly Watched[] },
): () => Promise<readonly Told[]> {
  const told: Told[] = []
  const workspaces = [...new Set(watched.map(({ workspaceId }) => workspaceId))].join(',')
  const child = fork(recorderPath, [
    ...['--home', home, '--host', host, '--port', String(port), '--database', database],
    ...['--workspaces', workspaces, '--seed', String(seed)],
  ])
  child.on('message', (message) => told.push(toldSchema.parse(message)))
  const ended = once(child, 'exit')
  return async () => {
    if (child.connected) child.send('stop')
    const [code] = await ended
    if (code !== 0) throw new Error(`the process that records events ended with ${String(code)}`)
    return told
  }
}

/** What waits for longer than `thanSeconds` is due now: the hours of the plan in a moment. */
async function hurry(admin: LoginPool, thanSeconds: number): Promise<void> {
  const parameters = [thanSeconds]
  await askAs(
    admin,
    `update tenant.webhook_deliveries set next_attempt_at = now()
     where state = 'pending' and next_attempt_at > now() + make_interval(secs => $1)`,
    parameters,
  )
  await askAs(
    admin,
    `update app.dispatch set due_at = now(), holder = null
     where kind in ('outbox', 'webhook') and due_at > now() + make_interval(secs => $1)`,
    parameters,
  )
}

async function waitUntilSettled(admin: LoginPool): Promise<void> {
  const deadlineMs = performance.now() + settleWithinMs
  for (;;) {
    await hurry(admin, aliveSeconds)
    const [row] = await askAs<{ open: string }>(
      admin,
      `select (select count(*) from tenant.outbox where state = 'pending')
         + (select count(*) from tenant.webhook_deliveries where state = 'pending') as open`,
    )
    if (row?.open === '0' || performance.now() > deadlineMs) return
    await pause(500)
  }
}

/** A worker process, started as an operator would. */
class KilledWorker {
  readonly #environment: Readonly<Record<string, string | undefined>>
  #child: ReturnType<typeof spawn> | undefined

  constructor({ home, address, origin }: { home: string; address: DatabaseAddress; origin: string }) {
    const { NODE_OPTIONS: _options, ...inherited } = process.env
    this.#environment = {
      ...inherited,
      HYPONEMA_HOME: home,
      DATABASE_URL: `postgres://localhost:${address.port}/${address.database}?host=${encodeURIComponent(address.host)}`,
      HYPONEMA_OUTBOUND_ALLOW: origin,
    }
  }

  /** Resolves when it says that it runs. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [mainPath, 'start', '--role', 'worker'], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let output = ''
    const running = Promise.withResolvers<void>()
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8')
        if (output.includes('worker is running')) running.resolve()
      })
    }
    child.once('exit', (code) => running.reject(new Error(`the worker ended with ${String(code)}: ${output}`)))
    await running.promise
  }

  /** From its start on, which may be before it has done anything. */
  async liveFor(milliseconds: number): Promise<void> {
    await this.start()
    await pause(milliseconds)
    await this.kill()
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}
