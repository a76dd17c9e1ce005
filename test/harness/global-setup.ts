import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import type { Binaries } from '../../packages/server/src/platform/postgres/embedded/native-binaries.ts'
import { startClusterBroker } from '../../packages/server/src/test-harness/cluster-broker.ts'
import { startRunBroker } from '../../packages/server/src/test-harness/run-broker.ts'
import { prepareHome } from './prepare-home.ts'
import '../../packages/server/src/test-harness/fresh-database.ts'

const run = promisify(execFile)

/**
 * Vitest calls this once, in the main process, before the first test, and what it returns after the last.
 * HYPONEMA_TEST_POSTGRES_BIN names the folder of another server's binaries, such as /usr/lib/postgresql/15/bin.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = process.env['HYPONEMA_TEST_POSTGRES_BIN']
  const clusters = await startClusterBroker(folder === undefined ? {} : { binaries: () => readBinaries(folder) })
  project.provide('hyponemaClusterBroker', clusters.socketPath)
  const homes = await startRunBroker(prepareHome)
  project.provide('hyponemaHomeBroker', homes.socketPath)
  return async () => {
    await Promise.all([clusters.close(), homes.close()])
  }
}

async function readBinaries(folder: string): Promise<Binaries> {
  const { stdout } = await run(join(folder, 'postgres'), ['--version'])
  const version = /(\d+\.\d+)/.exec(stdout)?.[1]
  if (version === undefined) throw new Error(`${folder}/postgres does not say its version: ${stdout}`)
  return { folder, version }
}
