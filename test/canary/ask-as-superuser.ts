import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { QueryResultRow } from 'pg'
import { z } from 'zod'
import { readEmbeddedAddress } from '../../packages/server/src/commands/read-embedded-address.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { ask } from '../isolation/scratch-database.ts'

const adminSchema = z.looseObject({ superuser: z.object({ user: z.string(), password: z.string() }) })

/** One statement in the embedded database of a home, past every boundary. */
export async function askAsSuperuser<Row extends QueryResultRow>(
  home: string,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const { superuser } = adminSchema.parse(JSON.parse(await readFile(join(home, 'admin.json'), 'utf8')))
  const address = await readEmbeddedAddress(join(home, 'address.json'))
  if (address === undefined) throw new Error(`no database runs for ${home}`)
  const pool = openLoginPool({ address, login: superuser, limits: { maxConnections: 1 } })
  try {
    return await ask<Row>(pool, sql, parameters)
  } finally {
    await pool.close()
  }
}
