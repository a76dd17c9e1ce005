import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readEmbeddedAddress } from '../../packages/server/src/commands/read-embedded-address.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { ask } from '../isolation/scratch-database.ts'

const adminSchema = z.looseObject({ superuser: z.object({ user: z.string(), password: z.string() }) })

export type Stored = {
  /** Every row of every table of ours and of the queue, whoever's it is, as text; bytes print as hex. */
  readonly rows: ReadonlyMap<string, string>
  /** The files of the data directory that hold the bytes: tables, write-ahead log and temporary files. */
  readonly filesWith: (bytes: Buffer) => Promise<readonly string[]>
}

/** Reads all that the embedded database of a home folder holds, as its superuser, past every boundary. */
export async function whatIsStored(home: string): Promise<Stored> {
  const { superuser } = adminSchema.parse(JSON.parse(await readFile(join(home, 'admin.json'), 'utf8')))
  const address = await readEmbeddedAddress(join(home, 'address.json'))
  if (address === undefined) throw new Error(`no database runs for ${home}`)
  const pool = openLoginPool({ address, login: superuser, limits: { maxConnections: 1 } })
  try {
    const tables = await ask<{ name: string }>(
      pool,
      `select format('%I.%I', n.nspname, c.relname) as name
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')`,
    )
    const rows = new Map<string, string>()
    for (const { name } of tables) {
      const printed = await ask<{ row: string }>(pool, `select t::text as row from ${name} t`)
      rows.set(name, printed.map(({ row }) => row).join('\n'))
    }
    await ask(pool, 'checkpoint')
    const [setting] = await ask<{ folder: string }>(pool, "select current_setting('data_directory') as folder")
    const folder = setting?.folder ?? ''
    return { rows, filesWith: (bytes) => filesWith(folder, bytes) }
  } finally {
    await pool.close()
  }
}

async function filesWith(folder: string, bytes: Buffer): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // A file may go while we read: a write-ahead segment that is recycled, a temporary one.
    const content = await readFile(path).catch(() => Buffer.alloc(0))
    if (content.includes(bytes)) found.push(path.slice(dirname(folder).length + 1))
  }
  return found
}
