/**
 * Most suites are not about the first start, which costs twice what any later one does. They begin with a copy of a home on which
 * a real server was started and stopped: database, keys, passwords and demo are there. These are the same in every copy, which is
 * good for tests alone.
 */
import { execFile } from 'node:child_process'
import { appendFile, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { z } from 'zod'
import { choosePlace } from '../../packages/server/src/platform/postgres/embedded/choose-place.ts'
import { readHostFacts } from '../../packages/server/src/platform/postgres/embedded/host-facts.ts'
import { askRunBroker } from '../../packages/server/src/test-harness/run-broker.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Socket of the broker in the main process, which answers with the folder of the prepared home. */
    readonly hyponemaHomeBroker: string | undefined
  }
}

const run = promisify(execFile)

/** Fills an empty home. The server chooses the place of its data itself, for root as for an ordinary user. */
export async function copyPreparedHome(home: string): Promise<void> {
  const prepared = await preparedHome()
  const facts = readHostFacts()
  const from = await choosePlace(prepared, facts)
  const to = await choosePlace(home, facts)
  const files = (await readdir(prepared)).filter((name) => name.endsWith('.json') && name !== 'embedded-postgres.json')
  // With owners and modes, which the server looks at.
  await run('cp', ['-a', ...files.map((name) => join(prepared, name)), to.homeFolder])
  await run('cp', ['-a', from.dataFolder, to.dataFolder])
  // No suite cuts the power, and what survives a kill is with the kernel already; what a real installation has, the suite of
  // the embedded server asks it.
  await appendFile(join(to.dataFolder, 'postgresql.conf'), 'fsync = off\n')
  // A copy of the package's binaries is read by everybody and written by nobody.
  for (const name of await readdir(from.baseFolder))
    if (name.startsWith('postgresql-')) await symlink(join(from.baseFolder, name), join(to.baseFolder, name))
}

let asked: Promise<string> | undefined

function preparedHome(): Promise<string> {
  return (asked ??= ask())
}

async function ask(): Promise<string> {
  const broker = inject('hyponemaHomeBroker')
  if (broker === undefined) throw new Error('nobody prepares homes here: this run has no global setup')
  return z.string().parse(await askRunBroker(broker))
}
