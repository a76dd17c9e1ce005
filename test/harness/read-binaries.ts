import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StartupRefusal } from '../../packages/server/src/kernel/startup-refusal.ts'
import type { Binaries } from '../../packages/server/src/platform/postgres/embedded/native-binaries.ts'

/** Another server's binaries, such as /usr/lib/postgresql/15/bin. */
export async function readBinaries(folder: string): Promise<Binaries> {
  const { stdout } = await promisify(execFile)(join(folder, 'postgres'), ['--version']).catch((error: unknown) => {
    throw new StartupRefusal(`${folder} has no postgres that runs; name a folder such as /usr/lib/postgresql/15/bin.`, {
      cause: error,
    })
  })
  const version = /(\d+\.\d+)/.exec(stdout)?.[1]
  if (version === undefined) throw new StartupRefusal(`${folder}/postgres does not say its version: ${stdout}`)
  return { folder, version }
}
