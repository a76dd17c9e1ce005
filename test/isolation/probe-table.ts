import { createWithWorkspace, type WithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import { attemptAll, type Outcome } from './attempt.ts'
import type { LoginName, TableInfo } from './catalogue.ts'
import { plant } from './planted-workspaces.ts'
import { rowFactories } from './row-factories.ts'
import { ask, type Scratch } from './scratch-database.ts'
import { type Probe, tableProbes } from './table-probes.ts'

export type Verdict = { readonly held: boolean; readonly line: string }

/** Every verb of one login on one table, between two workspaces, both ways; or the one probe of that name. */
export async function probeTable(
  scratch: Scratch,
  table: TableInfo,
  login: LoginName,
  only?: string,
): Promise<readonly Verdict[]> {
  const full = [await plant(scratch.admin, table.root, 'full'), await plant(scratch.admin, table.root, 'full')] as const
  const empty = [
    await plant(scratch.admin, table.root, 'empty'),
    await plant(scratch.admin, table.root, 'empty'),
  ] as const
  const probes = [
    ...tableProbes(table, login, full[0], empty[0], full[1]),
    ...tableProbes(table, login, full[1], empty[1], full[0]),
  ].filter(({ name }) => only === undefined || name === only)
  const before = await contentOf(scratch, table)
  const door = createWithWorkspace(scratch.database.logins[login])
  const verdicts: Verdict[] = [...missingKeys(table, login)]
  const messages = new Map<string, string>()
  for (const { probe, outcomes } of await runProbes(door, probes)) {
    const line = `${login} ${table.name} ${probe.name}: ${JSON.stringify(outcomes)}`
    verdicts.push({ held: judge(probe, outcomes), line })
    const last = outcomes.at(-1)
    if (last?.kind === 'refused') messages.set(probe.name, `${last.state} ${last.message}`)
  }
  // A refusal must not tell whether the other workspace has such a row.
  const taken = messages.get('insert or nothing over the existing row')
  const free = messages.get('insert or nothing where no row is')
  verdicts.push({
    held: taken === free,
    line: `${login} ${table.name}: a refusal tells what is there: ${taken} / ${free}`,
  })
  const after = await contentOf(scratch, table)
  return [
    ...verdicts,
    { held: after === before, line: `${login} ${table.name}: rows changed although everything was rolled back` },
  ]
}

/** The catalogue cannot tell that a foreign key is gone; the factory knows which rows this one needs. */
function missingKeys(table: TableInfo, login: LoginName): readonly Verdict[] {
  if (table.name !== table.root) return []
  const targets = new Set(table.foreignKeys.map(({ target }) => target))
  const missing = (rowFactories[table.root]?.needs ?? []).filter((need) => !targets.has(need))
  return missing.map((need) => ({
    held: false,
    line: `${login} ${table.name} foreign key across to ${need}: there is none`,
  }))
}

async function runProbes(door: WithWorkspace, probes: readonly Probe[]) {
  const done: { probe: Probe; outcomes: readonly Outcome[] }[] = []
  for (const [inside, group] of Map.groupBy(probes, (probe) => probe.inside)) {
    const series = group.map(({ control, between, attack }) =>
      between === undefined ? [control, attack] : [control, between, attack],
    )
    const results = await attemptAll(door, inside, series)
    done.push(...group.map((probe, index) => ({ probe, outcomes: results[index] ?? [] })))
  }
  return done
}

/** Allowed: the control worked and the attack came to nothing. Not allowed: the first statement was refused already. */
function judge(probe: Probe, outcomes: readonly Outcome[]): boolean {
  const [control] = outcomes
  const attack = outcomes.at(-1)
  if (control === undefined || attack === undefined) return false
  if (!probe.allowed) return control.kind === 'refused' && (control.state === '42501' || control.state === '0A000')
  return control.kind === 'rows' && outcomes.length >= 2 && probe.held(attack, control)
}

/** All rows of the table in all workspaces as one digest, read by the superuser. */
async function contentOf(scratch: Scratch, table: TableInfo): Promise<string> {
  const rows = await ask<{ digest: string }>(
    scratch.admin,
    `select coalesce(md5(string_agg(t::text, E'\n' order by t::text)), '') as digest from tenant.${table.name} t`,
  )
  return rows[0]?.digest ?? ''
}
