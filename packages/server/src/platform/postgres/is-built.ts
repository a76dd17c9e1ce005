import { askAs } from './ask-as.ts'
import { buildDigest } from './build-digest.ts'
import type { Database } from './database.ts'

/**
 * Whether the last whole migrate of this database was this build's, so that another one would change nothing. Says nothing
 * about what became of the database since; the check of the boundary does. Throws where the database cannot be asked.
 */
export async function isBuilt({ logins }: Pick<Database, 'logins'>): Promise<boolean> {
  const [rows, digest] = await Promise.all([
    askAs<{ built: string | null }>(logins.app, 'select built_by as built from app.installation'),
    buildDigest(),
  ])
  return rows[0]?.built === digest
}
