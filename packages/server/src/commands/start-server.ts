/**
 * `hyponema start`.
 *
 * folder -> lock -> embedded database (or DATABASE_URL) -> migrate in a child -> keys -> boundary check -> worker -> listen ->
 * seed (first run, embedded only) -> ready; on a signal: no new work -> running turns end -> sessions closed -> socket closed ->
 * worker stopped -> database closed -> embedded database stopped -> lock given back.
 */
import { type ServerType, serve } from '@hono/node-server'
import ipaddr from 'ipaddr.js'
import type { Config } from '../config.ts'
import { parseRanges } from '../guards/client-address.ts'
import { systemClock } from '../kernel/clock.ts'
import { idMaker } from '../kernel/new-id.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { parseAllowEntry } from '../platform/outbound/allow-entry.ts'
import { createOutboundDoor } from '../platform/outbound/outbound-door.ts'
import { assertBoundary } from '../platform/postgres/assert-boundary.ts'
import { listenSignals } from '../platform/postgres/listen-signals.ts'
import { createLogger } from '../platform/telemetry/create-logger.ts'
import { composeServer } from './compose-server.ts'
import { openInstallation } from './open-installation.ts'
import { prepareDatabase } from './prepare-database.ts'
import { prepareDemo } from './prepare-demo.ts'
import { runWorker } from './run-worker.ts'
import { ShutdownSteps } from './shutdown-steps.ts'
import { welcome } from './welcome.ts'

const closeSocketMs = 5_000

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
  const prepared = await prepareDatabase({ config, mainPath, log, shutdown })
  const installation = await openInstallation({
    config,
    clock,
    address: prepared.address,
    // While we stop, connections end because we end them.
    onLost: (error) => {
      if (!shutdown.isRunning) log.warn({ err: error }, 'a database connection was lost')
    },
  })
  shutdown.add('database', async () => {
    await installation.database.close()
    installation.keyring.destroy()
  })
  for (const sentence of await assertBoundary(installation.database)) log.warn(sentence)
  if (works) {
    const worker = await runWorker({ installation, clock, newId, log })
    shutdown.add('worker', () => worker.stop())
  }
  if (!serves) {
    process.stdout.write('Hyponema worker is running.\n')
    return
  }
  const demo = prepared.embedded === undefined ? undefined : await prepareDemo({ config, installation, clock, newId })
  const door = createOutboundDoor({
    allow,
    ownNames: ownNames(config),
    ownAddresses: [{ address: config.host, port: config.port }],
    clock,
    onRefused: (refusal) => log.warn({ refusal }, 'an outbound target was refused'),
  })
  shutdown.add('outbound connections', () => door.close())
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
  const listening = await listen(server.app.fetch, config)
  shutdown.add('http', () => closeSocket(listening))
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

function listen(fetch: Parameters<typeof serve>[0]['fetch'], config: Config): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    // Node looks for late headers every 30 s unless told otherwise, so the 5 s alone would not be kept.
    const serverOptions = { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 }
    const server = serve({ fetch, hostname: config.host, port: config.port, serverOptions }, () => resolve(server))
    server.once('error', (error: Error) => reject(listenRefusal(error, config)))
  })
}

function listenRefusal(error: Error, { host, port }: Config): Error {
  if ('code' in error && error.code === 'EADDRINUSE') {
    return new StartupRefusal(
      `Port ${port} is in use; stop what uses it, or choose another with HYPONEMA_PORT=${port + 1} npm start.`,
    )
  }
  if ('code' in error && (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL')) {
    return new StartupRefusal(
      `${host}:${port} cannot be listened on; choose an address of this machine (HYPONEMA_HOST) and a port above 1023 (HYPONEMA_PORT).`,
    )
  }
  return error
}

/** Stops listening; connections that are idle end now, the others get a few seconds. */
function closeSocket(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      if ('closeAllConnections' in server) server.closeAllConnections()
    }, closeSocketMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
