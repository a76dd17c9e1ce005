/**
 * `hyponema start`.
 *
 * folder -> lock -> is the port free -> embedded database (or DATABASE_URL) -> [migrate in a child] -> keys -> boundary check -> worker -> listen ->
 * seed (first run, embedded only) -> ready; on a signal: no new work -> running turns end -> sessions closed -> socket closed ->
 * worker stopped -> database closed -> embedded database stopped -> lock given back.
 *
 * This file loads little, so that the database is launched soon; what serves is loaded while it starts.
 */
import type { Config } from '../config.ts'
import { parseRanges } from '../guards/client-address.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { parseAllowEntry } from '../platform/outbound/allow-entry.ts'
import { createLogger } from '../platform/telemetry/create-logger.ts'
import { prepareDatabase } from './prepare-database.ts'
import { ShutdownSteps } from './shutdown-steps.ts'

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
  const allow = config.outboundAllow.map(parseAllowEntry)
  const trustedProxies = readTrustedProxies(config)
  let loading: Promise<typeof import('./serve-installation.ts')> | undefined
  const load = () => {
    loading ??= import('./serve-installation.ts')
    // Whoever waits for it hears of it; until then the database may be what fails.
    loading.catch(() => undefined)
    return loading
  }
  const prepared = await prepareDatabase({ config, serves, log, shutdown, onLaunched: () => void load() })
  const { serveInstallation } = await load()
  await serveInstallation({
    config,
    mainPath,
    prepared,
    allow,
    trustedProxies,
    log,
    shutdown,
    startedMs,
    serves,
    works,
  })
}

function readTrustedProxies(config: Config): ReturnType<typeof parseRanges> {
  try {
    return parseRanges(config.trustedProxies)
  } catch (error) {
    const found = error instanceof RangeError ? error.message : String(error)
    throw new StartupRefusal(`HYPONEMA_TRUSTED_PROXIES cannot be read: ${found}.`)
  }
}
