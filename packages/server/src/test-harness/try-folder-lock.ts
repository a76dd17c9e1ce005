/** try-folder-lock.ts PATH FOLDER: tries once, prints `held` or `refused`, and keeps what it got until six have tried. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { acquireFolderLock } from '../platform/postgres/embedded/folder-lock.ts'

const [path = '', folder = ''] = process.argv.slice(2)
const tried = async (): Promise<number> => (await readdir(folder)).filter((name) => name.startsWith('tried-')).length
const deadline = performance.now() + 10_000

try {
  await acquireFolderLock(path, folder)
  await writeFile(join(folder, `tried-${process.pid}`), '')
  process.stdout.write('held\n')
  while ((await tried()) < 6 && performance.now() < deadline) await wait(10)
} catch (error) {
  if (!(error instanceof StartupRefusal)) throw error
  await writeFile(join(folder, `tried-${process.pid}`), '')
  process.stdout.write('refused\n')
}
