/**
 * `hyponema start`.
 *
 * folder -> lock -> is the port free -> embedded database (or DATABASE_URL) -> [migrate in a child] -> keys -> boundary check -> worker -> listen ->
 * seed (first run, embedded only) -> ready; on a signal: no new work -> running turns end -> sessions closed -> socket closed ->
 * worker stopped -> database closed -> embedded database stopped -> lock given back.
 */
import ipaddr from 'ipaddr.js'
import type { Config } from '../config.ts'
import { parseRanges } from '../guards/client-address.ts'
import { systemClock } from '../kernel/clock.ts'
import { idMaker } from '../kernel/new-id.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { parseAllowEntry } from '../platform/outbound/allow-entry.ts'
import { createOutboundDoor } from '../platform/outbound/outbound-door.ts'
import { listenSignals } from '../platform/postgres/listen-signals.ts'
import { createLogger } from '../platform/telemetry/create-logger.ts'
import { composeServer } from './compose-server.ts'
import { listen } from './listen.ts'
import { openChecked } from './open-checked.ts'
import { openSpeech } from './open-speech.ts'
import { announceEmbedded, prepareDatabase } from './prepare-database.ts'
import { prepareDemo } from './prepare-demo.ts'
import { runWorker } from './run-worker.ts'
import { ShutdownSteps } from './shutdown-steps.ts'
import { welcome } from './welcome.ts'

export async function startServer(options: {
  config: Config
  mainPath: string
  role: 'all' | 'api' | 'worker'
}): Promise<void> {
  const { config, role } = options
  const startedMs = performance.now()
  const log = createLogger(config.logLevel)
  const shutdown = new ShutdownSteps(log)
  shutdown.onSignals()
  try {
    await start({ ...options, log, shutdown, startedMs, serves: role !== 'worker', works: role !== 'api' })
  } catch (error) {
    await shutdown.run()
    throw error
  }
}

type Start = Parameters<typeof startServer>[0] & {
  readonly log: ReturnType<typeof createLogger>
  readonly shutdown: ShutdownSteps
  readonly startedMs: number
  readonly serves: boolean
  readonly works: boolean
}

async function start({ config, mainPath, log, shutdown, startedMs, serves, works }: Start): Promise<void> {
  const clock = systemClock
  const newId = idMaker(clock)
  const allow = config.outboundAllow.map(parseAllowEntry)
  const trustedProxies = readTrustedProxies(config)
  const prepared = await prepareDatabase({ config, serves, log, shutdown })
  const installation = await openChecked({
    config,
    mainPath,
    clock,
    prepared,
    log,
    // While we stop, connections end because we end them.
    onLost: (error) => {
      if (!shutdown.isRunning) log.warn({ err: error }, 'a database connection was lost')
    },
  })
  shutdown.add('database', async () => {
    await installation.database.close()
    installation.keyring.destroy()
  })
  if (prepared.embedded !== undefined) await announceEmbedded(config, prepared.address)
  if (works) {
    const worker = await runWorker({ installation, clock, newId, log })
    shutdown.add('worker', () => worker.stop())
  }
  if (!serves) {
    process.stdout.write('Hyponema worker is running.\n')
    return
  }
  const demo = prepared.embedded === undefined ? undefined : await prepareDemo({ config, installation, clock, newId })
  if (demo?.notice !== undefined) process.stdout.write(`${demo.notice}\n`)
  const door = createOutboundDoor({
    allow,
    ownNames: ownNames(config),
    ownAddresses: [{ address: config.host, port: config.port }],
    clock,
    onRefused: (refusal) => log.warn({ refusal }, 'an outbound target was refused'),
  })
  shutdown.add('outbound connections', () => door.close())
  const speech = await openSpeech((message, error) => log.warn({ err: error }, message))
  shutdown.add('speech', () => Promise.resolve(speech.fliteVoices.close()))
  const bootId = newId()
  const server = composeServer({
    config,
    trustedProxies,
    installation,
    clock,
    newId,
    bootId,
    log,
    door,
    speech,
    embedded: demo,
    isDraining: () => shutdown.isRunning,
  })
  const signals = await listenSignals({
    address: prepared.address,
    login: installation.logins.app,
    onSignal: (wake) => {
      server.host.onSignal(wake).catch((error: unknown) => log.warn({ err: error }, 'a signal was not handled'))
    },
    onGap: () => void server.host.renewLeases(),
  })
  shutdown.add('signals', () => signals.close())
  server.host.start()
  const listening = await listen({
    fetch: server.app.fetch,
    host: config.host,
    port: config.port,
    onUpgrade: server.voice.handle,
  })
  shutdown.add('http', () => listening.close())
  shutdown.add('voice sockets', () => server.voice.closeAll())
  shutdown.add('live sessions', () => server.host.drain())
  process.stdout.write(
    welcome({ config, demo: demo?.file, embedded: prepared.embedded, readyMs: performance.now() - startedMs }),
  )
}

function readTrustedProxies(config: Config): ReturnType<typeof parseRanges> {
  try {
    return parseRanges(config.trustedProxies)
  } catch (error) {
    const found = error instanceof RangeError ? error.message : String(error)
    throw new StartupRefusal(`HYPONEMA_TRUSTED_PROXIES cannot be read: ${found}.`)
  }
}

/** A public origin that is an address is no name: other ports of that machine may be a local model server's. */
function ownNames(config: Config): readonly string[] {
  const { hostname } = new URL(config.publicOrigin)
  return ipaddr.isValid(hostname.replaceAll(/[[\]]/g, '')) || hostname === 'localhost' ? [] : [hostname]
}
