import { askAs } from './ask-as.ts'
import type { Database } from './database.ts'

/** Whether the database answers right now. For the health of this process; how long to wait is the caller's. */
export async function databaseAnswers({ logins }: Pick<Database, 'logins'>): Promise<boolean> {
  try {
    await askAs(logins.app, 'select 1')
    return true
  } catch {
    return false
  }
}
