import type { Uuid } from '@hyponema/contract'
import type { Asker } from './asker.ts'
import type { Outcome } from './attempt.ts'
import { factoryOf, type Planted, plant, type Statement } from './planted-workspaces.ts'
import type { LoginName, TableInfo } from './read-tables.ts'
import { type Probe, tableProbes } from './table-probes.ts'
import { judged, type Verdict } from './verdict.ts'

/** Where probes run: rows are planted and counted by one that sees all, and tried by logins. */
export type Arena = {
  readonly ask: Asker
  /** Runs series of statements as a login inside a workspace and undoes them; each series stops at its first refusal. */
  readonly attempt: (
    login: LoginName,
    inside: Uuid,
    series: readonly (readonly Statement[])[],
  ) => Promise<readonly (readonly Outcome[])[]>
}

export type TableProbing = {
  readonly table: TableInfo
  readonly logins: readonly LoginName[]
  /** The probe of that name alone. */
  readonly only?: string
}

/** Every verb of the logins on one table, between two workspaces, both ways. */
export async function probeTable(arena: Arena, { table, logins, only }: TableProbing): Promise<readonly Verdict[]> {
  const field = await plantField(arena.ask, table)
  const before = await contentOf(arena.ask, table)
  const verdicts = await Promise.all(logins.map((login) => probeAs(arena, field, { table, login, only })))
  const after = await contentOf(arena.ask, table)
  return [
    ...foreignKeys(table),
    ...verdicts.flat(),
    judged(`tenant.${table.name} content`, after === before, 'rows changed although everything was rolled back'),
  ]
}

type Field = { readonly full: readonly [Planted, Planted]; readonly empty: readonly [Planted, Planted] }

async function plantField(ask: Asker, { root }: TableInfo): Promise<Field> {
  return {
    full: [await plant(ask, root, 'full'), await plant(ask, root, 'full')],
    empty: [await plant(ask, root, 'empty'), await plant(ask, root, 'empty')],
  }
}

async function probeAs(
  arena: Arena,
  { full, empty }: Field,
  { table, login, only }: { table: TableInfo; login: LoginName; only: string | undefined },
): Promise<readonly Verdict[]> {
  const probes = [
    ...tableProbes(table, login, { own: full[0], ownEmpty: empty[0], other: full[1] }),
    ...tableProbes(table, login, { own: full[1], ownEmpty: empty[1], other: full[0] }),
  ].filter(({ name }) => only === undefined || name === only)
  const verdicts: Verdict[] = []
  const messages = new Map<string, string>()
  for (const [inside, group] of Map.groupBy(probes, (probe) => probe.inside)) {
    const results = await arena.attempt(login, inside, group.map(seriesOf))
    for (const [index, probe] of group.entries()) {
      const outcomes = results[index] ?? []
      verdicts.push(judge(`${login} tenant.${table.name} ${probe.name}`, probe, outcomes))
      const last = outcomes.at(-1)
      if (last?.kind === 'refused') messages.set(probe.name, `${last.state} ${last.message}`)
    }
  }
  // A refusal must not tell whether the other workspace has such a row.
  const taken = messages.get('insert or nothing over the existing row')
  const free = messages.get('insert or nothing where no row is')
  const told = `a refusal tells what is there: ${taken} / ${free}`
  return [...verdicts, judged(`${login} tenant.${table.name} refusals`, taken === free, told)]
}

function seriesOf({ control, between, attack }: Probe): readonly Statement[] {
  return between === undefined ? [control, attack] : [control, between, attack]
}

/** Allowed: the control found its row and the attack came to nothing. Not allowed: the first statement was refused already. */
function judge(check: string, probe: Probe, outcomes: readonly Outcome[]): Verdict {
  const [control] = outcomes
  const attack = outcomes.at(-1)
  const detail = JSON.stringify(outcomes)
  if (control === undefined || attack === undefined) return { check, result: 'not_probed', detail }
  if (!probe.allowed) {
    const refused = control.kind === 'refused' && (control.state === '42501' || control.state === '0A000')
    return judged(check, refused, detail)
  }
  const found = control.kind === 'rows' && control.rows === (probe.found ?? 1) && outcomes.length >= 2
  if (!found && !isTooMany(control, probe)) return { check, result: 'not_probed', detail }
  return judged(check, found && probe.held(attack, control), detail)
}

/** A control that touches more than its own row has leaked by itself. */
function isTooMany(control: Outcome, probe: Probe): boolean {
  return control.kind === 'rows' && control.rows > (probe.found ?? 1)
}

/** The catalogue cannot tell that a foreign key is gone; the factory knows to what its rows refer. */
function foreignKeys(table: TableInfo): readonly Verdict[] {
  if (table.name !== table.root) return []
  const { needs, refersTo = needs } = factoryOf(table.root)
  const found = table.foreignKeys.map(({ target }) => target).sort()
  const wanted = [...refersTo].sort()
  return [
    judged(
      `tenant.${table.name} foreign keys`,
      found.join() === wanted.join(),
      `they lead to ${found.join(', ') || 'nothing'}; its row factory says ${wanted.join(', ') || 'nothing'}`,
    ),
  ]
}

/** All rows of the table in all workspaces as one digest. */
async function contentOf(ask: Asker, table: TableInfo): Promise<string> {
  const rows = await ask<{ digest: string }>(
    `select coalesce(md5(string_agg(t::text, E'\n' order by t::text)), '') as digest from tenant.${table.name} t`,
  )
  return rows[0]?.digest ?? ''
}
