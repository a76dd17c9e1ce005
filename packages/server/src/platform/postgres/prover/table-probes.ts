import type { Uuid } from '@hyponema/contract'
import type { Outcome } from './attempt.ts'
import { insertInto, type Planted, type Statement } from './planted-workspaces.ts'
import type { LoginName, TableInfo } from './read-tables.ts'

/** One attack with the same statement in the own workspace before it. */
export type Probe = {
  readonly name: string
  /** The workspace whose scope is set. */
  readonly inside: Uuid
  /** What the login is allowed to do in its own workspace; without it both statements must be refused. */
  readonly allowed: boolean
  readonly control: Statement
  /** Rows that the control touches where the row is found from inside its own workspace; 1 where nothing is said. */
  readonly found?: number
  /** Runs between the two. */
  readonly between?: Statement
  readonly attack: Statement
  /** Whether the attack came to nothing. The control's outcome is given for comparison. */
  readonly held: (attack: Outcome, control: Outcome) => boolean
}

const refused = (outcome: Outcome, ...states: readonly string[]): boolean =>
  outcome.kind === 'refused' && states.includes(outcome.state)
const noRow = (outcome: Outcome): boolean => outcome.kind === 'rows' && outcome.rows === 0
const oneRow = (outcome: Outcome): boolean => outcome.kind === 'rows' && outcome.rows === 1

/** Every verb on one table: a login in `own`'s workspace tries to reach `other`'s row. */
export function tableProbes(
  table: TableInfo,
  login: LoginName,
  { own, ownEmpty, other }: { own: Planted; ownEmpty: Planted; other: Planted },
): readonly Probe[] {
  const rights = table.rights[login]
  const full = [
    ...readProbes(table, rights.select, own, other),
    ...updateProbes(table, rights.updatable, own, other),
    ...deleteProbes(table, rights.delete, own, other),
  ]
  return [
    ...full.map((probe) => ({ ...probe, inside: own.workspaceId })),
    ...insertProbes(table, rights, ownEmpty, other).map((probe) => ({ ...probe, inside: ownEmpty.workspaceId })),
  ]
}

type Unplaced = Omit<Probe, 'inside'>

type Pair = { readonly control: Statement; readonly attack: Statement }

/** The same statement with the key of the own row and of the other's. */
function byKey(table: TableInfo, head: string, own: Planted, other: Planted): Pair {
  const where = table.keyColumns.map((column, index) => `${column} = $${index + 1}`).join(' and ')
  const sql = `${head} where ${where}`
  const keyOf = (planted: Planted): readonly unknown[] => table.keyColumns.map((column) => planted.row[column])
  return { control: { sql, parameters: keyOf(own) }, attack: { sql, parameters: keyOf(other) } }
}

function byWorkspace(head: string, own: Planted, other: Planted): Pair {
  const sql = `${head} where workspace_id = $1`
  return { control: { sql, parameters: [own.workspaceId] }, attack: { sql, parameters: [other.workspaceId] } }
}

/** Unqualified statements are their own control: they must touch exactly the one own row. */
function unqualified(sql: string): Pair {
  return { control: { sql, parameters: [] }, attack: { sql, parameters: [] } }
}

function readProbes(table: TableInfo, allowed: boolean, own: Planted, other: Planted): readonly Unplaced[] {
  const select = `select workspace_id from tenant.${table.name}`
  return [
    { name: 'select qualified', allowed, ...byKey(table, select, own, other), held: noRow },
    { name: 'select by workspace', allowed, ...byWorkspace(select, own, other), held: noRow },
    { name: 'select unqualified', allowed, ...unqualified(select), held: oneRow },
    { name: 'copy out', allowed, ...unqualified(`copy (${select}) to stdout`), held: oneRow },
    {
      // Read-only, so that a COPY which is not refused is told from one that is and does not begin to wait for its rows.
      name: 'copy in',
      allowed: true,
      control: { sql: 'set local transaction_read_only = on', parameters: [] },
      found: 0,
      attack: { sql: `copy tenant.${table.name} from stdin`, parameters: [] },
      held: (attack) => refused(attack, '42501', '0A000'),
    },
    {
      name: 'row_security off',
      allowed,
      control: unqualified(select).control,
      between: { sql: 'set local row_security = off', parameters: [] },
      attack: { sql: `${select} -- as before`, parameters: [] },
      held: (attack) => refused(attack, '42501'),
    },
  ]
}

function updateProbes(
  table: TableInfo,
  updatable: readonly string[],
  own: Planted,
  other: Planted,
): readonly Unplaced[] {
  const column = updatable.find((name) => !table.keyColumns.includes(name))
  const allowed = column !== undefined
  const name = column ?? 'workspace_id'
  const update = `update tenant.${table.name} set ${name} = ${name}`
  const move = `update tenant.${table.name} set workspace_id = $1`
  return [
    { name: 'update qualified', allowed, ...byKey(table, update, own, other), held: noRow },
    { name: 'update by workspace', allowed, ...byWorkspace(update, own, other), held: noRow },
    { name: 'update unqualified', allowed, ...unqualified(update), held: oneRow },
    {
      name: 'move to the other workspace',
      allowed: updatable.includes('workspace_id'),
      control: { sql: move, parameters: [own.workspaceId] },
      attack: { sql: move, parameters: [other.workspaceId] },
      held: (attack) => refused(attack, '42501'),
    },
  ]
}

function deleteProbes(table: TableInfo, allowed: boolean, own: Planted, other: Planted): readonly Unplaced[] {
  const remove = `delete from tenant.${table.name}`
  return [
    { name: 'delete qualified', allowed, ...byKey(table, remove, own, other), held: noRow },
    { name: 'delete by workspace', allowed, ...byWorkspace(remove, own, other), held: noRow },
    {
      name: 'delete unqualified',
      allowed,
      control: { sql: `${remove} where false`, parameters: [] },
      found: 0,
      attack: { sql: remove, parameters: [] },
      held: oneRow,
    },
  ]
}

function insertProbes(
  table: TableInfo,
  rights: TableInfo['rights'][LoginName],
  own: Planted,
  other: Planted,
): readonly Unplaced[] {
  const key = table.keyColumns.join(', ')
  const upsertColumn = rights.updatable.find((name) => !table.keyColumns.includes(name))
  const doUpdate =
    upsertColumn === undefined
      ? 'on conflict do nothing'
      : `on conflict (${key}) do update set ${upsertColumn} = excluded.${upsertColumn}`
  const crossed = (outcome: Outcome): boolean => refused(outcome, '42501')
  const probe = (name: string, suffix: string, intoOther: Planted['row']): Unplaced => ({
    name,
    allowed: rights.insert,
    control: insertInto(table.name, own.fresh(), suffix),
    attack: insertInto(table.name, intoOther, suffix),
    held: crossed,
  })
  return [
    probe('insert', '', other.fresh()),
    probe('upsert over the existing row', doUpdate, other.row),
    probe('insert or nothing over the existing row', 'on conflict do nothing', other.row),
    probe('insert or nothing where no row is', 'on conflict do nothing', other.fresh()),
    ...sameKeyProbe(table, rights.insert, own, other),
    ...table.foreignKeys.flatMap((foreignKey) => {
      const columns = foreignKey.columns.filter((column) => column !== 'workspace_id')
      // A key that this row leaves empty has a case of its own (test/isolation/special-cases.test.ts).
      if (columns.length === 0 || columns.some((column) => other.row[column] == null)) return []
      const across = { ...own.fresh(), ...Object.fromEntries(columns.map((column) => [column, other.row[column]])) }
      return [
        {
          name: `foreign key across to ${foreignKey.target}`,
          allowed: rights.insert,
          control: insertInto(table.name, own.fresh()),
          attack: insertInto(table.name, across),
          held: (outcome: Outcome) => refused(outcome, '23503'),
        },
      ]
    }),
  ]
}

/** The other workspace's keys are free in the own one: a collision would tell that they are taken there. */
function sameKeyProbe(table: TableInfo, allowed: boolean, own: Planted, other: Planted): readonly Unplaced[] {
  const bound = new Set(['workspace_id', ...table.foreignKeys.flatMap(({ columns }) => columns)])
  const free = table.uniqueColumns.filter((column) => !bound.has(column))
  if (free.length === 0) return []
  const row = { ...own.fresh(), ...Object.fromEntries(free.map((column) => [column, other.row[column]])) }
  // The attack itself must succeed, so its control inserts nothing: a second row of the same parents may be one too many.
  const nothing = `insert into tenant.${table.name} (workspace_id) select $1::uuid where false`
  return [
    {
      name: "the other's keys in the own workspace",
      allowed,
      control: { sql: nothing, parameters: [own.workspaceId] },
      found: 0,
      attack: insertInto(table.name, row),
      held: oneRow,
    },
  ]
}
