/**
 * Opens the installation on a database whose boundary holds.
 *
 * embedded, built by this build, holds      -> opened as it is
 * embedded, new or anything else            -> migrated in a child -> opened -> holds | refused
 * configured                                -> opened -> holds | refused
 *
 * The first line only saves the child: what it finds wrong, whatever it is, is what a migrate mends or what the second look
 * says. The administrator's file is not opened here; where it is gone or open to others, the child says so.
 */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import { isPrivateFile } from '../platform/crypto/is-private-file.ts'
import { assertBoundary } from '../platform/postgres/assert-boundary.ts'
import type { Database } from '../platform/postgres/database.ts'
import { isBuilt } from '../platform/postgres/is-built.ts'
import { installationFiles } from './installation-files.ts'
import { migrateInChild } from './migrate-in-child.ts'
import { type Installation, openInstallation } from './open-installation.ts'
import type { PreparedDatabase } from './prepare-database.ts'

type Options = {
  readonly config: Config
  readonly mainPath: string
  readonly clock: Clock
  readonly prepared: PreparedDatabase
  readonly log: Logger
  readonly onLost: (error: Error) => void
}

export async function openChecked(options: Options): Promise<Installation> {
  const { embedded, address } = options.prepared
  if (embedded !== undefined) {
    const asItIs = embedded.isNew ? undefined : await openAsItIs(options)
    if (asItIs !== undefined) return asItIs
    await migrateInChild({ mainPath: options.mainPath, address })
  }
  return open(options, async (database) => {
    for (const sentence of await assertBoundary(database)) options.log.warn(sentence)
  })
}

/** Undefined unless a migrate would change nothing and nothing has to be said. */
async function openAsItIs(options: Options): Promise<Installation | undefined> {
  if (!(await isPrivateFile(installationFiles(options.config.homeFolder).admin))) return undefined
  try {
    return await open(options, async (database) => {
      if (!(await isBuilt(database))) throw new RangeError('built by another build')
      if ((await assertBoundary(database)).length > 0) throw new RangeError('there is something to say')
    })
  } catch {
    return undefined
  }
}

async function open(options: Options, check: (database: Database) => Promise<void>): Promise<Installation> {
  const { config, clock, prepared, log, onLost } = options
  const installation = await openInstallation({
    config,
    clock,
    address: prepared.address,
    onLost,
    onKeysUnreadable: (error) =>
      log.error({ err: error }, 'a file of keys was changed and cannot be used; the keys before go on'),
  })
  try {
    await check(installation.database)
    return installation
  } catch (error) {
    await installation.database.close()
    await installation.closeKeys()
    throw error
  }
}
