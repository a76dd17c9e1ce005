import { isHarness, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import { moduleOf } from '../resolve-edge.ts'
import type { Reference, Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

const home = 'packages/server/src/platform/postgres/'
const driver = /^(pg(-.+)?|postgres|@electric-sql\/.+)$/

/** Who else may hold a database library, and why. */
const queue = { library: 'graphile-worker', home: 'packages/server/src/platform/jobs/' }

/** The only way to a tenant's row is `withWorkspace`; whoever holds a driver has another one. */
export const databaseDriver: Wall = {
  name: 'pg only in platform/postgres, graphile-worker only in platform/jobs, raw SQL text nowhere else',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    plant('a store with a driver', 'features/agents/store.ts', `import { Pool } from 'pg'`),
    plant('a type of the driver', 'guards/authenticate.ts', `import type { PoolClient } from 'pg'`),
    plant('a driver by require', 'http/app.ts', `const r = createRequire(import.meta.url); r('pg')`),
    plant('another driver', 'http/app.ts', `import postgres from 'postgres'`),
    plant('a part of the driver', 'platform/jobs/runner.ts', `import { x } from 'pg-protocol'`),
    plant('the queue beside its port', 'features/agents/jobs.ts', `import { run } from 'graphile-worker'`),
    plant('text that becomes SQL', 'features/agents/store.ts', `import { sql } from 'kysely'; sql.raw(name)`),
    plant('a value in the text', 'features/agents/store.ts', `import * as k from 'kysely'; k.sql.lit(name)`),
    plant('the tag by call', 'features/agents/store.ts', `import { sql } from 'kysely'; sql([text])`),
    plant('the tag, lent', 'features/agents/store.ts', `import { sql } from 'kysely'; const s = sql; s.raw(text)`),
    plant(
      'the tag, taken apart',
      'features/agents/store.ts',
      `import { sql } from 'kysely'; const { raw } = sql; raw(text)`,
    ),
    plant('the tag by text', 'features/agents/store.ts', `import { sql } from 'kysely'; sql['r' + 'aw'](text)`),
    plant(
      'a compiled text',
      'features/agents/store.ts',
      `import { CompiledQuery } from 'kysely'; CompiledQuery.raw(text)`,
    ),
    plant('a dialect of its own', 'features/agents/store.ts', `import { Kysely, PostgresDialect } from 'kysely'`),
    plant('a part of kysely', 'features/agents/store.ts', `import { jsonArrayFrom } from 'kysely/helpers/postgres'`),
    plant('a native driver by require', 'http/app.ts', `const r = createRequire(import.meta.url); r('pg-native')`),
    { name: 'a bench with a driver', files: { 'bench/x.ts': `import { Pool } from 'pg'` }, at: ['bench/x.ts'] },
  ],
  innocent: [
    {
      name: 'the driver at home, the queue at home, bound values, and a test harness that attacks',
      files: {
        [`${home}connect.ts`]: `import { Client } from 'pg'; import { sql } from 'kysely'; sql.raw('x')`,
        [`${queue.home}runner.ts`]: `import { run } from 'graphile-worker'`,
        'packages/server/src/features/agents/store.ts':
          'import { sql } from "kysely"; sql<Row>`select ${id}, ${sql.ref("x")}`.execute(tx.db)',
        'test/isolation/attack.test.ts': `import { Client } from 'pg'`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  if (source.path.startsWith(home) || isHarness(source.path)) return []
  const edges = source.edges.flatMap((edge) => {
    const module = moduleOf(source.path, edge)
    if (module === undefined || mayHold(source.path, module)) return []
    return [
      { path: source.path, line: edge.line, found: `imports ${module}; go through the port of platform/postgres` },
    ]
  })
  const { area } = placeOf(source.path)
  const raw = source.references
    .filter((reference) => area === 'server' && isRawSql(reference))
    .map(({ path, line }) => ({ path: source.path, line, found: `${path} puts text into SQL; bind the value` }))
  const others = takenFrom(source, 'kysely')
    .filter(({ name, typeOnly }) => area === 'server' && !typeOnly && name !== 'sql' && !name.startsWith('sql.'))
    .map(({ name, line }) => ({
      path: source.path,
      line,
      found: `takes ${name} of kysely; stores take its sql tag only`,
    }))
  const parts = source.edges
    .filter(({ specifier, typeOnly }) => area === 'server' && !typeOnly && specifier?.startsWith('kysely/') === true)
    .map(({ line }) => ({ path: source.path, line, found: 'takes a part of kysely past its entry' }))
  return [...edges, ...raw, ...others, ...parts]
}

function mayHold(path: string, module: string): boolean {
  if (module === queue.library) return path.startsWith(queue.home)
  return !driver.test(module)
}

/** The tag binds every value that stands in it. Called, lent or read, it takes text; of its methods only these quote what they are given. */
function isRawSql({ path, use }: Reference): boolean {
  if (path === 'kysely#sql') return use !== 'tag'
  return path.startsWith('kysely#sql.') && !/^kysely#sql\.(ref|table|id|join|val|value)$/.test(path)
}
