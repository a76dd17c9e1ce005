import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the shared vectors lie beside the repository, or null where they are absent. */
export function vectorsFolder(given: string | undefined): string | null {
  const repository = join(dirname(fileURLToPath(import.meta.url)), '../../../..')
  const folder = given ?? join(repository, '../shared/vectors')
  return existsSync(folder) ? folder : null
}
