import { isProduct, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import type { Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import { tenantTables } from '../tenant-tables.ts'
import type { Violation, Wall } from '../wall.ts'

const server = 'packages/server/src/'

/**
 * Files outside the stores that name tables of tenants, and which. A control keeps its own rows beside its rule, because
 * the two are reviewed together; a table stands here once, so that each still has one place.
 */
const homes: Readonly<Record<string, readonly string[]>> = {
  'guards/write-audit-event.ts': ['audit_events'],
  'guards/content-keys.ts': ['user_keys'],
  'guards/workspace-keys.ts': ['workspace_keys'],
  'guards/idempotency-keys.ts': ['idempotency_keys'],
  // Moves what the two before have wrapped under a newer key, and knows nothing else of these rows.
  'guards/wrapped-content-keys.ts': ['user_keys', 'workspace_keys'],
  // What would make its store too long to read.
  'features/credentials/list-openings.ts': ['credential_openings'],
  'features/credentials/rewrap-versions.ts': ['credential_versions'],
  'features/sessions/purge-sessions.ts': ['sessions'],
  // Asks in the transaction of an act whether who acts is still a member.
  'guards/still-member.ts': ['memberships'],
  // Settles the wake-ups of a dispatch, and of the worker's own check.
  'platform/jobs/worker-check.ts': ['signals'],
  // The look-ups without a scope, by the ids in the text of a key, a token or a link.
  'platform/postgres/with-unproven.ts': [
    'api_keys',
    'workspaces',
    'memberships',
    'invitations',
    'refresh_families',
    'refresh_tokens',
  ],
  // Asked before a job is handled.
  'platform/postgres/is-canary.ts': ['workspaces'],
  // What a trigger derives is compared with the rows that it is derived from.
  'platform/postgres/derived-tables.ts': ['workspaces', 'memberships', 'retention_rules', 'legal_holds'],
  // Says whether the demo has been used; reads what the audit feature writes.
  'commands/demo-record.ts': ['audit_events'],
}

/**
 * Read no rows: columns for the compiler, patterns that read a migration, and what the catalogue is compared with. And the
 * prover, which tries every table that the catalogue has with rows that it made itself.
 */
const describing =
  /^platform\/postgres\/((tables|contact-tables|escalation-tables|webhook-tables|knowledge-tables|policy-tables|topic-tables|audit-tables|privacy-tables|read-migrations|declared-rights|rights-rules|definition-rules)\.ts$|prover\/)/
/** Copy whole tables by the names that the catalogue gives; they name the schema and none of its tables or columns. */
const copying = /^platform\/postgres\/backup\/(read-tables|make-partitions|restore-backup)\.ts$/
const builders =
  /^(selectFrom|insertInto|updateTable|deleteFrom|mergeInto|replaceInto|withSchema|withTables|executeQuery)$/
/** The kysely of the server is compiled and executed below platform/postgres only. */
const drivers = /^platform\/postgres\//

export const sqlHomes: Wall = {
  name: 'SQL stands in the store.ts of a noun; controls and commands that own rows are listed, table by table',
  check: (sources) => sources.filter(({ path }) => path.startsWith(server) && isProduct(path)).flatMap(checkOne),
  planted: [
    plant('a builder of the live runtime', 'conversation/pipeline/turn.ts', `db.selectFrom('tenant.turns')`),
    plant('a builder of the routes', 'http/app.ts', `db.updateTable('tenant.agents')`),
    plant('a builder of a guard', 'guards/rate-limit.ts', `db.selectFrom('tenant.api_keys')`),
    plant('another table of a listed guard', 'guards/content-keys.ts', `db.selectFrom('tenant.users')`),
    plant('another table of a listed command', 'commands/demo-record.ts', `db.deleteFrom('tenant.sessions')`),
    plant('a command that reads content', 'commands/seed-demo.ts', `db.selectFrom('tenant.turns')`),
    plant('a job with SQL beside its port', 'platform/jobs/runner.ts', `run('select * from tenant.turns')`),
    plant('a use case with SQL', 'features/agents/create-agent.ts', `db.insertInto('tenant.agents')`),
    plant('a use case with the text of SQL', 'features/agents/create-agent.ts', 'sql`select 1 from tenant.agents`'),
    plant('a name in quotes', 'guards/rate-limit.ts', `run('select * from "tenant"."turns"')`),
    plant('a name in capitals', 'guards/rate-limit.ts', `run('select * from TENANT . turns')`),
    plant('a computed table', 'guards/rate-limit.ts', 'run(`select * from tenant.${table}`)'),
    plant('a sum of texts', 'guards/rate-limit.ts', `run('select * from ten' + 'ant.turns')`),
    plant(
      'a table of the backup by name',
      'platform/postgres/backup/read-tables.ts',
      `run('select * from tenant.turns')`,
    ),
    plant('another table of the backup', 'platform/postgres/backup/load-tables.ts', 'run(`copy tenant.${table}`)'),
    plant('a schema by itself', 'guards/rate-limit.ts', `run(['tenant', table].join('.'))`),
    plant('a builder that is handed on', 'http/app.ts', `const { selectFrom } = tx.db`),
    plant('a builder by text', 'http/app.ts', `tx.db['insertInto'](table)`),
    plant('a builder with a computed table', 'conversation/pipeline/turn.ts', `tx.db.selectFrom(table)`),
    plant('another schema', 'http/app.ts', `tx.db.withSchema(name)`),
    plant(
      'the tag of SQL',
      'conversation/pipeline/turn.ts',
      'import { sql } from "kysely"; sql`select 1`.execute(tx.db)',
    ),
    plant('the tag of SQL at run time', 'http/app.ts', `const { sql } = await import('kysely')`),
  ],
  innocent: [
    {
      name: 'a store, listed controls with their own tables, the types, words that only look like it',
      files: {
        [`${server}features/agents/store.ts`]:
          'import { sql } from "kysely"; db.selectFrom("tenant.agents"); sql`select 1`',
        [`${server}guards/content-keys.ts`]: `db.insertInto('tenant.user_keys').returning('tenant.user_keys.id')`,
        [`${server}guards/idempotency-keys.ts`]:
          'import { sql } from "kysely"; db.deleteFrom("tenant.idempotency_keys as kept")',
        [`${server}platform/postgres/tables.ts`]: `import type { Kysely } from 'kysely'; type Tables = { 'tenant.agents': Agents }`,
        [`${server}http/app.ts`]: `import type { Kysely } from 'kysely'; log('belongs to another tenant.', 'One tenant. Another.'); lists.insertIntoView(x)`,
        [`${server}features/agents/create-agent.test.ts`]: `db.selectFrom('tenant.agents')`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  const path = source.path.slice(server.length)
  if (describing.test(path) || (placeOf(source.path).layer === 'features' && path.endsWith('/store.ts'))) return []
  const own = homes[path]
  const tables = tenantTables(source)
    .filter(({ table }) => own?.includes(table) !== true && !(table === '*' && copying.test(path)))
    .map(({ table, line }) => ({ line, found: `names tenant.${table}` }))
  if (own !== undefined || drivers.test(path)) return place(source, tables)
  const building = source.members
    .filter(({ name }) => builders.test(name))
    .map(({ name, line }) => ({ line, found: `builds SQL with ${name}` }))
  const tags = takenFrom(source, 'kysely')
    .filter(({ typeOnly }) => !typeOnly && !maySpeakSql(path))
    .map(({ name, line }) => ({ line, found: `takes ${name} of kysely` }))
  return place(source, [...tables, ...building, ...tags])
}

/** Statements on the tables of the queue, which are no tenant's. */
function maySpeakSql(path: string): boolean {
  return path === 'platform/jobs/settle-dispatch.ts'
}

function place(source: Source, found: readonly Omit<Violation, 'path'>[]): readonly Violation[] {
  return found.map((one) => ({
    ...one,
    path: source.path,
    found: `${one.found}; SQL stands in the store.ts of its noun`,
  }))
}
