import { AsyncLocalStorage } from 'node:async_hooks'
import { z } from 'zod'
import type { Database } from '../../packages/server/src/platform/postgres/database.ts'

const querySchema = z.union([z.string(), z.object({ text: z.string() }).transform(({ text }) => text)])

/** Writes down the statements that one piece of work sends, and nobody else's beside it. */
export class TracedStatements {
  readonly #current = new AsyncLocalStorage<string[]>()

  /** Listens on every connection that these pools open from now on. */
  listen(database: Database): Database {
    for (const { pool } of Object.values(database.logins)) {
      pool.on('connect', (client) => {
        const send = client.query.bind(client)
        Object.defineProperty(client, 'query', {
          value: (...given: unknown[]): unknown => {
            this.#current.getStore()?.push(querySchema.parse(given[0]))
            return Reflect.apply(send, client, given)
          },
        })
      })
    }
    return database
  }

  async during<T>(work: () => Promise<T>): Promise<{ result: T; statements: readonly string[] }> {
    const statements: string[] = []
    return { result: await this.#current.run(statements, work), statements }
  }
}
