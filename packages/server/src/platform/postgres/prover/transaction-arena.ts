import type { ClientBase } from 'pg'
import { extendedQuery } from '../extended-query.ts'
import { servingRoles } from '../roles.ts'
import { askerOn } from './asker.ts'
import { type Outcome, runSeries } from './attempt.ts'
import type { Statement } from './planted-workspaces.ts'
import type { Arena } from './probe-table.ts'

/**
 * The same probes inside one transaction of a superuser, who becomes the login for them: what was changed in it before is
 * seen, and nothing of it stays. It does not go through the door, so it is for judging changes and not for proving.
 */
export function transactionArena(client: ClientBase): Arena {
  const ask = askerOn(client)
  const run = (statement: Statement): Promise<Outcome> => runOn(client, statement)
  // One connection takes one group of series after the other.
  let last: Promise<unknown> = Promise.resolve()
  const attempt: Arena['attempt'] = (login, inside, series) => {
    const mine = last.then(async () => {
      await ask('savepoint arena')
      await ask("select set_config('app.workspace_id', $1, true)", [inside])
      await ask(`set local session authorization ${servingRoles[login]}`)
      await ask('savepoint probe')
      // In order on the wire; the answers come back in order too.
      const all = await Promise.all(series.map((statements) => runSeries(run, statements)))
      await ask('rollback to savepoint arena')
      return all
    })
    last = mine.catch(() => undefined)
    return mine
  }
  return { ask, attempt }
}

async function runOn(client: ClientBase, { sql, parameters }: Statement): Promise<Outcome> {
  try {
    const { rowCount, rows } = await extendedQuery(client, sql, parameters)
    return { kind: 'rows', rows: rowCount ?? 0, first: rows[0] }
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string')
      return { kind: 'refused', state: error.code, message: error.message }
    throw error
  }
}
