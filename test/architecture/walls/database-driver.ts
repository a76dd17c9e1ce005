import { isHarness, placeOf } from '../place-of.ts'
import { moduleOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
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
    planted('a store with a driver', 'features/agents/store.ts', `import { Pool } from 'pg'`),
    planted('a type of the driver', 'guards/authenticate.ts', `import type { PoolClient } from 'pg'`),
    planted('a driver by require', 'http/app.ts', `const r = createRequire(import.meta.url); r('pg')`),
    planted('another driver', 'http/app.ts', `import postgres from 'postgres'`),
    planted('a part of the driver', 'platform/jobs/runner.ts', `import { x } from 'pg-protocol'`),
    planted('the queue beside its port', 'features/agents/jobs.ts', `import { run } from 'graphile-worker'`),
    planted('text that becomes SQL', 'features/agents/store.ts', `import { sql } from 'kysely'; sql.raw(name)`),
    planted('a value in the text', 'features/agents/store.ts', `import * as k from 'kysely'; k.sql.lit(name)`),
    { name: 'a bench with a driver', files: { 'bench/x.ts': `import { Pool } from 'pg'` }, at: ['bench/x.ts'] },
  ],
  innocent: [
    {
      name: 'the driver at home, the queue at home, bound values, and a test harness that attacks',
      files: {
        [`${home}connect.ts`]: `import { Client } from 'pg'; import { sql } from 'kysely'; sql.raw('x')`,
        [`${queue.home}runner.ts`]: `import { run } from 'graphile-worker'`,
        'packages/server/src/features/agents/store.ts': 'import { sql } from "kysely"; sql`select ${id}`',
        'test/isolation/attack.test.ts': `import { Client } from 'pg'`,
      },
    },
  ],
}

function planted(name: string, path: string, text: string) {
  const full = `packages/server/src/${path}`
  return { name, files: { [full]: text }, at: [full] }
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
    .filter((reference) => area === 'server' && /^kysely#sql\.(raw|lit|\*)$/.test(reference.path))
    .map(({ path, line }) => ({ path: source.path, line, found: `${path} puts text into SQL; bind the value` }))
  return [...edges, ...raw]
}

function mayHold(path: string, module: string): boolean {
  if (module === queue.library) return path.startsWith(queue.home)
  return !driver.test(module)
}
