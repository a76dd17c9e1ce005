import type { TestProject } from 'vitest/node'
import { startClusterBroker } from '../../packages/server/src/test-harness/cluster-broker.ts'
import { startRunBroker } from '../../packages/server/src/test-harness/run-broker.ts'
import { prepareHome } from './prepare-home.ts'
import '../../packages/server/src/test-harness/fresh-database.ts'
import { readBinaries } from './read-binaries.ts'

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
