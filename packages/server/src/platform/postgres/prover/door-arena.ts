import type { LoginPool } from '../login-pool.ts'
import type { Logins } from '../logins.ts'
import { createWithWorkspace } from '../with-workspace.ts'
import type { Asker } from './asker.ts'
import { attemptAll } from './attempt.ts'
import type { Arena } from './probe-table.ts'

/** Real logins through the real door, each in transactions of its own. */
export function doorArena(ask: Asker, logins: Readonly<Record<keyof Logins, LoginPool>>): Arena {
  const doors = {
    app: createWithWorkspace(logins.app),
    worker: createWithWorkspace(logins.worker),
    auth: createWithWorkspace(logins.auth),
    sealer: createWithWorkspace(logins.sealer),
  }
  return { ask, attempt: (login, inside, series) => attemptAll(doors[login], inside, series) }
}
