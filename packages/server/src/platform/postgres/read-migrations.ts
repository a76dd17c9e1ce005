import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'

/** One forward step of the schema, as it lies on disk. */
export type Migration = {
  readonly version: number
  readonly name: string
  readonly sql: string
  readonly sha256: string
  /** Tables with rows that this step touches; without FORCE lifted the owner would see none of them. */
  readonly liftsForce: readonly string[]
  /** Tables whose number of rows this step may change; every other lifted table must keep its number. */
  readonly changesRows: readonly string[]
}

export const migrationsFolder = fileURLToPath(new URL('./migrations/', import.meta.url))

/** Reads `0001_name.sql`, `0002_...` in order; a gap or a doubled number is refused. */
export async function readMigrations(folder: string = migrationsFolder): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const migrations = await Promise.all(names.map((name) => readMigration(folder, name)))
  for (const [index, migration] of migrations.entries()) {
    if (migration.version !== index + 1)
      throw new StartupRefusal(`Migration ${migration.name} should have number ${index + 1}; this build is damaged.`)
  }
  return migrations
}

async function readMigration(folder: string, file: string): Promise<Migration> {
  const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file)
  if (match === null) throw new StartupRefusal(`${file} is not named like 0001_name.sql; this build is damaged.`)
  const sql = await readFile(join(folder, file), 'utf8')
  const migration: Migration = {
    version: Number(match[1]),
    name: file.slice(0, -'.sql'.length),
    sql,
    sha256: createHash('sha256').update(sql).digest('hex'),
    liftsForce: readDirective(sql, 'lifts-force'),
    changesRows: readDirective(sql, 'changes-rows'),
  }
  refuseBlindStatements(migration)
  return migration
}

/** `-- lifts-force: tenant.users, tenant.sessions` at the beginning of a line. */
function readDirective(sql: string, name: string): readonly string[] {
  const tables: string[] = []
  for (const match of sql.matchAll(new RegExp(`^-- ${name}: (.+)$`, 'gm'))) {
    for (const table of (match[1] ?? '').split(',').map((part) => part.trim())) {
      if (!/^tenant\.[a-z_]+$/.test(table)) throw new StartupRefusal(`-- ${name}: ${table} is not a tenant table.`)
      tables.push(table)
    }
  }
  return tables
}

/**
 * Under FORCE the owner sees no rows: an UPDATE changes nothing and ADD FOREIGN KEY validates against nothing, silently.
 * So a step that touches rows of a table it did not make must say so.
 */
function refuseBlindStatements(migration: Migration): void {
  const plain = migration.sql.replaceAll(/--.*$/gm, '').replaceAll(/\$\$[\s\S]*?\$\$/g, '')
  const made = new Set(Array.from(plain.matchAll(/create\s+table\s+(tenant\.\w+)/gi), (match) => match[1]))
  const touched = [
    ...plain.matchAll(/(?:update|insert\s+into|delete\s+from|merge\s+into)\s+(tenant\.\w+)/gi),
    ...plain.matchAll(
      /alter\s+table\s+(?:only\s+)?(tenant\.\w+)[^;]*(?:foreign\s+key|references|\bcheck\b|set\s+not\s+null|\busing\b)/gi,
    ),
  ].map((match) => match[1] ?? '')
  for (const table of touched) {
    if (!made.has(table) && !migration.liftsForce.includes(table)) {
      throw new StartupRefusal(
        `${migration.name} touches rows of ${table}, which its owner cannot see under FORCE; write "-- lifts-force: ${table}".`,
      )
    }
  }
}
