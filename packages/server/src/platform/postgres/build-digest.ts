import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrationsFolder } from './read-migrations.ts'

const ownFolder = fileURLToPath(new URL('./', import.meta.url))

/**
 * One text for everything that `migrate` does to a database: the scripts, the code beside this file, and the release of the
 * job library, which brings tables of its own. Whole files are taken, so that nothing can be forgotten: a comment that
 * changed costs one migrate more.
 */
export async function buildDigest(folder: string = migrationsFolder): Promise<string> {
  const files = [
    ...(await filesOf(folder, /\.sql$/)),
    ...(await filesOf(join(folder, 'every-time'), /\.sql$/)),
    ...(await filesOf(ownFolder, /(?<!\.test|\.d)\.[jt]s$/)),
    findPackageJSON('graphile-worker', import.meta.url) ?? '',
  ]
  const contents = await Promise.all(files.map((path) => readFile(path)))
  const whole = createHash('sha256')
  for (const content of contents) whole.update(createHash('sha256').update(content).digest())
  return whole.digest('hex')
}

async function filesOf(folder: string, name: RegExp): Promise<readonly string[]> {
  const found = (await readdir(folder)).filter((file) => name.test(file))
  return found.sort().map((file) => join(folder, file))
}
