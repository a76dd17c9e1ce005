import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { askAs } from '../platform/postgres/ask-as.ts'
import { type Database, openDatabase } from '../platform/postgres/database.ts'
import { openLoginPool } from '../platform/postgres/login-pool.ts'
import { readAdminLogins, readLogins } from '../platform/postgres/logins.ts'
import { proveStatically } from '../platform/postgres/prover/prove-isolation.ts'
import { proveLive } from '../platform/postgres/prover/prove-live.ts'
import { report } from '../platform/postgres/prover/report.ts'
import type { Verdict } from '../platform/postgres/prover/verdict.ts'
import { configuredAddress } from './configured-address.ts'
import { installationFiles } from './installation-files.ts'
import { needsRunningServer } from './open-installation.ts'
import { readEmbeddedAddress } from './read-embedded-address.ts'

/** `hyponema prove`: exits 0 when nothing was found, 1 with findings, 2 when it was asked for what it does not know. */
export async function proveCommand(config: Config, args: readonly string[]): Promise<void> {
  const wanted = readFlags(args)
  if (wanted === undefined) {
    process.stderr.write(`Write: ${ownCommand('prove')} [--static] [--json]\n`)
    process.exitCode = 2
    return
  }
  const startedMs = performance.now()
  const files = installationFiles(config.homeFolder)
  const address = configuredAddress(config) ?? (await readEmbeddedAddress(files.address))
  if (address === undefined) throw needsRunningServer()
  const database = openDatabase({ address, logins: await readLogins(files.logins) })
  try {
    const [row] = await askAs<{ version: string }>(
      database.logins.app,
      "select current_setting('server_version') as version",
    )
    const verdicts = wanted.static ? await proveStatically(database.logins.app) : await live(database, files.admin)
    const result = report({ verdicts, server: row?.version ?? 'unknown', ms: performance.now() - startedMs })
    process.stdout.write(wanted.json ? `${JSON.stringify(result.json)}\n` : result.text)
    process.exitCode = result.failed ? 1 : 0
  } finally {
    await database.close()
  }
}

function readFlags(args: readonly string[]): { static: boolean; json: boolean } | undefined {
  try {
    const options = { static: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } as const
    return parseArgs({ args: [...args], options }).values
  } catch {
    return undefined
  }
}

/** One of the few that may open the administrator's file: the owner plants the canaries, backup sees all rows. */
async function live(database: Database, adminPath: string): Promise<readonly Verdict[]> {
  const { migrator, backup } = await readAdminLogins(adminPath)
  if (migrator === undefined || backup === undefined) {
    throw new StartupRefusal(
      `${adminPath} names no migrator and no backup login; run \`${ownCommand('migrate URL')}\`, or \`${ownCommand('prove --static')}\`, which needs neither.`,
    )
  }
  const { address } = database
  const limits = { maxConnections: 1 }
  const pools = {
    migrator: openLoginPool({ address, login: migrator, limits }),
    backup: openLoginPool({ address, login: backup, limits: { ...limits, statementTimeoutMs: 600_000 } }),
  }
  try {
    return await proveLive({ database, ...pools })
  } finally {
    await pools.migrator.close()
    await pools.backup.close()
  }
}
