/**
 * The second half of `hyponema start`: an installation whose database runs is opened, checked and served.
 *
 * open, checked, the booking desk of the demo beside it -> worker, demo, signals and speech, side by side -> all of them there -> listen -> ready
 */
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { parseRanges } from '../guards/client-address.ts'
import { createPages } from '../http/pages/create-pages.ts'
import { systemClock } from '../kernel/clock.ts'
import { idMaker } from '../kernel/new-id.ts'
import type { AllowEntry } from '../platform/outbound/allow-entry.ts'
import { listenSignals } from '../platform/postgres/listen-signals.ts'
import { announceEmbedded } from './announce-embedded.ts'
import { composeServer } from './compose-server.ts'
import { listen } from './listen.ts'
import { openChecked } from './open-checked.ts'
import { openDesk } from './open-desk.ts'
import { openMail } from './open-mail.ts'
import { openOutbound } from './open-outbound.ts'
import { openSpeech } from './open-speech.ts'
import type { PreparedDatabase } from './prepare-database.ts'
import { prepareDemo } from './prepare-demo.ts'
import { prepareObjects } from './prepare-objects.ts'
import { proveCredentialKeys } from './prove-credential-keys.ts'
import { runWorker } from './run-worker.ts'
import type { ServerParts } from './server-parts.ts'
import type { ShutdownSteps } from './shutdown-steps.ts'
import { welcome } from './welcome.ts'

const assetsFolder = fileURLToPath(new URL('../../../widget/dist/', import.meta.url))

/**
 * A host gets webhooks only after it has agreed by echoing a challenge, and only of what has happened, so it is asked for more
 * than a stranger's. Beyond it deliveries wait; they do not fail.
 */
const webhookBudget = { burst: 4_000, perSecond: 1_000, atOnce: 256 }

type Options = {
  readonly config: Config
  readonly mainPath: string
  readonly prepared: PreparedDatabase
  readonly allow: readonly AllowEntry[]
  readonly trustedProxies: ReturnType<typeof parseRanges>
  readonly log: Logger
  readonly shutdown: ShutdownSteps
  readonly startedMs: number
  readonly serves: boolean
  readonly works: boolean
}

export async function serveInstallation(options: Options): Promise<void> {
  const { config, prepared, log, shutdown } = options
  const clock = systemClock
  const newId = idMaker(clock)
  const isEmbedded = prepared.embedded !== undefined
  // It starts beside what follows.
  const opening = isEmbedded && options.serves ? openDesk({ config, log, shutdown }) : undefined
  opening?.catch(() => undefined)
  const installation = await openChecked({
    ...options,
    clock,
    // While we stop, connections end because we end them.
    onLost: (error) => {
      if (!shutdown.isRunning) log.warn({ err: error }, 'a database connection was lost')
    },
  })
  shutdown.add('database', async () => {
    await installation.database.close()
    await installation.closeKeys()
  })
  await proveCredentialKeys(installation, config)
  await prepareObjects(config)
  const base = { installation, clock, newId, log }
  const sendMail = openMail({ config, isEmbedded, print: (text) => void process.stdout.write(text) })
  const desk = await opening
  const allow = desk === undefined ? options.allow : [...options.allow, desk.opening]
  const outbound = { ...base, config, allow, databaseAddress: prepared.address, shutdown }
  // Closed after the worker, which may be sending.
  const door = openOutbound(outbound)
  const webhookDoor = openOutbound({ ...outbound, budget: webhookBudget })
  const working = options.works ? runWorker({ ...base, door: webhookDoor, sendMail }) : undefined
  shutdown.add('worker', async () => (await working?.catch(() => undefined))?.stop())
  const announced = prepared.embedded === undefined ? undefined : announceEmbedded(config, prepared.address)
  if (!options.serves) {
    await Promise.all([working, announced])
    process.stdout.write('Hyponema worker is running.\n')
    return
  }
  // Each is mostly waiting for an answer. What serves is composed when all of them have come.
  const [demo, pages, speech] = await Promise.all([
    isEmbedded ? prepareDemo({ config, ...base, door, desk }) : undefined,
    createPages({ assetsFolder, talk: isEmbedded }),
    openSpeech((message, error) => log.warn({ err: error }, message)),
    working,
    announced,
  ])
  if (demo?.notice !== undefined) process.stdout.write(`${demo.notice}\n`)
  shutdown.add('speech', () => Promise.resolve(speech.fliteVoices.close()))
  // Of the demo the server needs the place alone; its key is for people to read, and lies in the demo's file.
  const embedded = demo === undefined ? undefined : { demoScope: demo.demoScope }
  await serve(options, { ...base, door, speech, pages, sendMail, signInPorts: undefined, embedded })
  process.stdout.write(
    welcome({
      config,
      demo: demo?.file,
      embedded: prepared.embedded,
      readyMs: performance.now() - options.startedMs,
    }),
  )
}

type Parts = Omit<ServerParts, 'config' | 'trustedProxies' | 'bootId' | 'isDraining'>

async function serve({ config, prepared, trustedProxies, shutdown }: Options, parts: Parts): Promise<void> {
  const { installation, log } = parts
  const server = composeServer({
    ...parts,
    config,
    trustedProxies,
    bootId: parts.newId(),
    isDraining: () => shutdown.isRunning,
  })
  const signals = await listenSignals({
    address: prepared.address,
    login: installation.logins.app,
    onSignal: (wake) => {
      const failed = (error: unknown): void => log.warn({ err: error }, 'a signal was not handled')
      server.host.onSignal(wake).catch(failed)
      server.operators.onSignal(wake).catch(failed)
    },
    onGap: () => {
      void server.host.renewLeases()
      server.operators.lookAgain()
    },
  })
  shutdown.add('signals', () => signals.close())
  shutdown.add('sign-in', () => server.closeSignIn())
  server.host.start()
  server.keyRecords.start()
  shutdown.add('records of API keys', () => server.keyRecords.stop())
  server.budgets.start()
  shutdown.add('budgets', () => server.budgets.stop())
  const listening = await listen({
    fetch: server.app.fetch,
    host: config.host,
    port: config.port,
    onUpgrade: (request, stream, head) => {
      const upgrade = server.operators.isFor(request) ? server.operators : server.voice
      upgrade.handle(request, stream, head)
    },
  })
  shutdown.add('http', () => listening.close())
  shutdown.add('live sockets', () => server.operators.closeAll())
  shutdown.add('voice sockets', () => server.voice.closeAll())
  shutdown.add('live sessions', () => server.host.drain())
}
