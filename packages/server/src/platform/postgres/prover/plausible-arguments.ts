import type { Uuid } from '@hyponema/contract'
import type { Row } from './row-factories.ts'

/** What a caller could know of a workspace: its ids, and what is due there. */
export type Known = {
  readonly workspaceId: Uuid
  readonly session: Row
  readonly knowledge: Row
  /** Row of `dispatch`, of every kind, and who holds it. */
  readonly ref: Uuid
  readonly holder: Uuid
  /** A month that nobody may drop yet. */
  readonly partition: string
}

export type Words = { readonly kinds: readonly string[] }

/** Closed lists that our functions take besides the kinds of dispatch. A task or a kind that is missing here shows as not_probed. */
const tasks = ['worker_check', 'session_finish', 'probe']

/** Values by type for our own functions, all of which are tried in every combination. */
export function plausibleArguments(type: string, known: Known, { kinds }: Words): readonly unknown[] {
  const uuids = [known.ref, known.holder, known.workspaceId, known.session['id'], known.knowledge['id']]
  const byType: Readonly<Record<string, readonly unknown[]>> = {
    text: [...kinds, ...tasks, known.partition],
    'text[]': kinds.map((kind) => [kind]),
    uuid: uuids,
    'uuid[]': uuids.map((id) => [id]),
    integer: [10],
    'integer[]': [[1]],
    regconfig: ['pg_catalog.simple'],
    'regconfig[]': [['pg_catalog.simple']],
    bigint: [10],
    boolean: [true],
    interval: ['1 minute'],
    'timestamp with time zone': ['now'],
    jsonb: ['{}'],
    bytea: [Buffer.alloc(1)],
    'bytea[]': [[Buffer.alloc(32)]],
    'double precision[]': [[1]],
  }
  // A call with nothing may be accepted and do nothing, which would look as if it had been tried.
  return byType[type] ?? []
}

/** One SQL expression by type for a function of the server; undefined where SQL cannot call it. */
export function catalogueArgument(type: string, table: string): string | undefined {
  const byType: Readonly<Record<string, string>> = {
    text: literal(`select workspace_id::text from ${table}`),
    name: "'tenant'::name",
    regclass: `${literal(table)}::regclass`,
    oid: `${literal(table)}::regclass::oid`,
    integer: '1',
    smallint: '1::smallint',
    bigint: '1::bigint',
    boolean: 'true',
    real: '1::real',
    'double precision': '1::float8',
    numeric: '1::numeric',
    '"char"': `'a'::"char"`,
    cstring: "'x'::cstring",
    anyelement: '1',
    anycompatible: '1',
    anynonarray: '1',
    anycompatiblenonarray: '1',
    anyarray: 'array[1]',
    anycompatiblearray: 'array[1]',
    anyrange: 'int4range(1, 2)',
    anycompatiblerange: 'int4range(1, 2)',
    anymultirange: 'int4multirange(int4range(1, 2))',
    anycompatiblemultirange: 'int4multirange(int4range(1, 2))',
    '"any"': '1',
    record: 'row(1)',
    'timestamp with time zone': 'now()',
    'timestamp without time zone': 'localtimestamp',
    date: 'current_date',
    interval: "interval '1 hour'",
    uuid: 'app.current_workspace()',
    jsonb: `'{"a":1}'::jsonb`,
    json: `'{"a":1}'::json`,
    bytea: "'\\x00'::bytea",
  }
  if (
    /^(internal|trigger|event_trigger|anyenum|language_handler|fdw_handler|index_am_handler|tsm_handler|table_am_handler|pg_ddl_command)$/.test(
      type,
    )
  )
    return undefined
  return byType[type] ?? `null::${type}`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
