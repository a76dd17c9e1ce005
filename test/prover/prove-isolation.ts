/**
 * `npm run prove:isolation -- [--static] [--mutate] [--json] [--url URL]`: makes a scratch database, migrates it and tries
 * to leave a workspace in every way that its catalogue shows. One line a finding, then the counts.
 * Exit: 0 nothing found, 1 a leak or something that could not be probed, 2 it cannot be run as it was asked.
 *
 * Without a URL the server is a throw-away one of its own; HYPONEMA_TEST_POSTGRES_BIN names the folder of other binaries.
 */
import { parseArgs } from 'node:util'
import { StartupRefusal } from '../../packages/server/src/kernel/startup-refusal.ts'
import { openProvingGround } from '../../packages/server/src/platform/postgres/prover/open-proving-ground.ts'
import { proveIsolation, proveStatically } from '../../packages/server/src/platform/postgres/prover/prove-isolation.ts'
import { report } from '../../packages/server/src/platform/postgres/prover/report.ts'
import { runMutations } from '../../packages/server/src/platform/postgres/prover/run-mutations.ts'
import { openScratchServer } from '../../packages/server/src/test-harness/scratch-server.ts'
import { readBinaries } from '../harness/read-binaries.ts'

try {
  process.exitCode = await run()
} catch (error) {
  const isUsage = error instanceof StartupRefusal || (error instanceof TypeError && 'code' in error)
  process.stderr.write(
    isUsage ? `${error.message}\n` : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  // A prover that fell over has proved nothing.
  process.exitCode = isUsage ? 2 : 1
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      static: { type: 'boolean', default: false },
      mutate: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      url: { type: 'string' },
    },
  })
  if (values.static && values.mutate) throw new StartupRefusal('--static and --mutate exclude each other.')
  const folder = process.env['HYPONEMA_TEST_POSTGRES_BIN']
  const binaries = folder === undefined ? undefined : await readBinaries(folder)
  const scratch = await openScratchServer({ url: values.url, binaries })
  const ground = openProvingGround(scratch)
  try {
    const startedMs = performance.now()
    const verdicts = values.static ? await proveStatically(ground.logins.app) : await proveIsolation(ground)
    const ms = performance.now() - startedMs
    const holds = verdicts.every(({ result }) => result === 'held')
    // Where it is red without a mutation, its going red says nothing.
    const mutations = values.mutate && holds ? await runMutations(ground.superuser) : undefined
    const result = report({ verdicts, server: scratch.version, ms, mutations })
    process.stdout.write(values.json ? `${JSON.stringify(result.json)}\n` : result.text)
    return result.failed ? 1 : 0
  } finally {
    await ground.close()
    await scratch.close()
  }
}
