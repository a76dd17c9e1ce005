import type { Uuid } from '@hyponema/contract'
import type { Outcome } from './attempt.ts'
import type { Furnished } from './furnish.ts'
import { factoryOf, insertInto, type Statement } from './planted-workspaces.ts'
import type { Arena } from './probe-table.ts'
import type { TableInfo } from './read-tables.ts'
import type { Row } from './row-factories.ts'
import { judged, type Verdict } from './verdict.ts'

type Attack = {
  readonly name: string
  readonly allowed: boolean
  readonly between?: Statement
  readonly statement: Statement
  readonly held: (outcome: Outcome) => boolean
}

const refused =
  (...states: readonly string[]) =>
  (outcome: Outcome) =>
    outcome.kind === 'refused' && states.includes(outcome.state)
const noRow = (outcome: Outcome): boolean => outcome.kind === 'rows' && outcome.rows === 0

/**
 * Every verb of the app on one table of a live installation, from inside one canary on the other's row, rolled back. No
 * statement is without a condition: where a wall is down it must not lock everybody's rows. Those forms, which some walls
 * stop less well, are tried on a scratch database (probe-table.ts).
 */
export async function probeCanaries(
  attempt: Arena['attempt'],
  table: TableInfo,
  canaries: readonly [Furnished, Furnished],
): Promise<readonly Verdict[]> {
  const [one, two] = canaries
  return [...(await probeOneWay(attempt, table, one, two)), ...(await probeOneWay(attempt, table, two, one))]
}

async function probeOneWay(
  attempt: Arena['attempt'],
  table: TableInfo,
  own: Furnished,
  other: Furnished,
): Promise<readonly Verdict[]> {
  const [ownRow, otherRow] = [own.rows.get(table.root) ?? {}, other.rows.get(table.root) ?? {}]
  const control = byKey(table, `select 1 from tenant.${table.name}`, ownRow)
  const attacks = [
    ...readAttacks(table, own.workspaceId, otherRow),
    ...writeAttacks(table, { own, other, ownRow, otherRow }),
  ]
  const { select } = table.rights.app
  const results = await attempt(
    'app',
    own.workspaceId,
    attacks.map(({ between, statement }) => [
      ...(select ? [control] : []),
      ...(between === undefined ? [] : [between]),
      statement,
    ]),
  )
  return attacks.map((attack, index) =>
    judge(`app tenant.${table.name} ${attack.name}`, { attack, outcomes: results[index] ?? [], hasControl: select }),
  )
}

function judge(
  check: string,
  { attack, outcomes, hasControl }: { attack: Attack; outcomes: readonly Outcome[]; hasControl: boolean },
): Verdict {
  const detail = JSON.stringify(outcomes)
  const [control] = outcomes
  const last = outcomes.at(-1)
  const found = !hasControl || (control?.kind === 'rows' && control.rows === 1 && outcomes.length > 1)
  if (last === undefined || !found) return { check, result: 'not_probed', detail }
  return judged(check, attack.allowed ? attack.held(last) : refused('42501')(last), detail)
}

function readAttacks(table: TableInfo, own: Uuid, otherRow: Row): readonly Attack[] {
  const { select: allowed } = table.rights.app
  const select = `select 1 from tenant.${table.name}`
  const anybody = `${select} where workspace_id <> app.current_workspace() limit 1`
  return [
    { name: 'select by key', allowed, statement: byKey(table, select, otherRow), held: noRow },
    {
      name: 'select of anybody else',
      allowed,
      statement: { sql: `${select} where workspace_id <> $1 limit 1`, parameters: [own] },
      held: noRow,
    },
    { name: 'copy out', allowed, statement: { sql: `copy (${anybody}) to stdout`, parameters: [] }, held: noRow },
    {
      name: 'row_security off',
      allowed,
      between: { sql: 'set local row_security = off', parameters: [] },
      statement: byKey(table, select, otherRow),
      held: refused('42501'),
    },
  ]
}

function writeAttacks(
  table: TableInfo,
  { own, other, ownRow, otherRow }: { own: Furnished; other: Furnished; ownRow: Row; otherRow: Row },
): readonly Attack[] {
  const { insert, updatable, delete: mayDelete } = table.rights.app
  const name = `tenant.${table.name}`
  const column = updatable.find((candidate) => !table.keyColumns.includes(candidate))
  const set = `update ${name} set ${column ?? 'workspace_id'} = ${column ?? 'workspace_id'}`
  const where = `where workspace_id = $1`
  const move = byKey(table, `update ${name} set workspace_id = '${other.workspaceId}'`, ownRow)
  const fresh = (furnished: Furnished): Row => factoryOf(table.root).make(furnished.workspaceId, furnished.rows)
  const nothing = 'on conflict do nothing'
  const toOther = refused('42501')
  return [
    { name: 'update by key', allowed: column !== undefined, statement: byKey(table, set, otherRow), held: noRow },
    {
      name: 'update by workspace',
      allowed: column !== undefined,
      statement: { sql: `${set} ${where}`, parameters: [other.workspaceId] },
      held: noRow,
    },
    {
      name: 'move to the other workspace',
      allowed: updatable.includes('workspace_id'),
      statement: move,
      held: toOther,
    },
    {
      name: 'delete by key',
      allowed: mayDelete,
      statement: byKey(table, `delete from ${name}`, otherRow),
      held: noRow,
    },
    {
      name: 'delete by workspace',
      allowed: mayDelete,
      statement: { sql: `delete from ${name} ${where}`, parameters: [other.workspaceId] },
      held: noRow,
    },
    { name: 'insert', allowed: insert, statement: insertInto(table.name, fresh(other)), held: toOther },
    {
      name: 'insert or nothing over the existing row',
      allowed: insert,
      statement: insertInto(table.name, fresh(other), nothing),
      held: toOther,
    },
    ...foreignKeyAttacks(table, fresh(own), otherRow),
  ]
}

function foreignKeyAttacks(table: TableInfo, ownFresh: Row, otherRow: Row): readonly Attack[] {
  return table.foreignKeys.flatMap(({ columns, target }) => {
    const crossing = columns.filter((column) => column !== 'workspace_id')
    // A key that this row leaves empty has a case of its own (test/isolation/special-cases.test.ts).
    if (crossing.length === 0 || crossing.some((column) => otherRow[column] == null)) return []
    const across = { ...ownFresh, ...Object.fromEntries(crossing.map((column) => [column, otherRow[column]])) }
    return [
      {
        name: `foreign key across to ${target}`,
        allowed: table.rights.app.insert,
        statement: insertInto(table.name, across),
        held: refused('23503'),
      },
    ]
  })
}

function byKey(table: TableInfo, head: string, row: Row): Statement {
  const where = table.keyColumns.map((column, index) => `${column} = $${index + 1}`).join(' and ')
  return { sql: `${head} where ${where}`, parameters: table.keyColumns.map((column) => row[column]) }
}
