/**
 * Threat: a prover that never goes red proves nothing.
 * Rule: each policy, flag, right and key that the catalogue shows is taken down or loosened in turn, in a transaction that
 * is rolled back; the static rules, and the probes of the table where there is one, must say so.
 * On failure: what nobody noticed is a survivor, and so is what could not be tried.
 */
import type { ClientBase } from 'pg'
import { everyRule } from '../every-rule.ts'
import { extendedQuery } from '../extended-query.ts'
import type { LoginPool } from '../login-pool.ts'
import { type Asker, askerOn } from './asker.ts'
import { functionMutations } from './function-mutations.ts'
import { keyMutations } from './key-mutations.ts'
import type { Mutation } from './mutation.ts'
import { orphanMutations } from './orphan-mutations.ts'
import { probeTable } from './probe-table.ts'
import { loginNames, readTables } from './read-tables.ts'
import { rightMutations } from './right-mutations.ts'
import { searchMutations } from './search-mutations.ts'
import { probeSearch } from './search-probes.ts'
import { tableMutations } from './table-mutations.ts'
import { transactionArena } from './transaction-arena.ts'

export type MutationRun = {
  readonly mutations: number
  /** Noticed by static rules, and by probes; some by both. */
  readonly byRules: number
  readonly byProbes: number
  readonly survivors: readonly string[]
  readonly seconds: number
}

type Named = { readonly name: string; readonly rules: boolean; readonly probes: boolean; readonly why: string }

/** So many rights are given at a time. */
const batchSize = 40

export async function runMutations(superuser: LoginPool): Promise<MutationRun> {
  const startedMs = performance.now()
  const client = await superuser.pool.connect()
  try {
    const ask = askerOn(client)
    const mutations = [
      ...(await tableMutations(ask)),
      ...(await keyMutations(ask)),
      ...(await rightMutations(ask)),
      ...(await functionMutations(ask)),
      ...(await searchMutations(ask)),
    ]
    const noticed: Named[] = []
    const { single = [], many = [] } = Object.groupBy(mutations, ({ lines }) =>
      lines === undefined ? 'single' : 'many',
    )
    for (const batch of batches(many)) noticed.push(...(await noticeBatch(client, batch)))
    for (const mutation of single) noticed.push(await noticeMutation(client, mutation))
    noticed.push(...(await orphanMutations(client)))
    return {
      mutations: noticed.length,
      byRules: noticed.filter(({ rules }) => rules).length,
      byProbes: noticed.filter(({ probes }) => probes).length,
      survivors: noticed.filter(({ rules, probes }) => !rules && !probes).map(({ name, why }) => `${name}: ${why}`),
      seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    }
  } finally {
    client.release(true)
  }
}

function batches(mutations: readonly Mutation[]): readonly (readonly Mutation[])[] {
  return [...Map.groupBy(mutations, ({ rule }) => rule).values()].flatMap((ofRule) =>
    Array.from({ length: Math.ceil(ofRule.length / batchSize) }, (_none, index) =>
      ofRule.slice(index * batchSize, (index + 1) * batchSize),
    ),
  )
}

/** Given at once, each must be told by its own lines of the rule; where the lines are not exactly those, one by one. */
async function noticeBatch(client: ClientBase, batch: readonly Mutation[]): Promise<readonly Named[]> {
  const ask = askerOn(client)
  const wanted = batch.reduce((sum, { lines = 0 }) => sum + lines, 0)
  await ask('begin')
  let found: number
  try {
    for (const { statements } of batch) for (const statement of statements) await ask(statement)
    const rule = everyRule.find(({ name }) => name === batch[0]?.rule)
    found =
      rule === undefined
        ? 0
        : new Set((await ask<{ finding: string }>(rule.sql, rule.parameters)).map(({ finding }) => finding)).size
  } finally {
    await extendedQuery(client, 'rollback')
  }
  if (found === wanted)
    return batch.map((mutation) => ({ name: nameOf(mutation), rules: true, probes: false, why: '' }))
  const named: Named[] = []
  for (const mutation of batch) named.push(await noticeMutation(client, mutation))
  return named
}

function nameOf({ statements }: Mutation): string {
  return statements.join('; ')
}

export async function noticeMutation(client: ClientBase, mutation: Mutation): Promise<Named> {
  const ask = askerOn(client)
  const name = nameOf(mutation)
  await ask('begin')
  try {
    for (const statement of mutation.statements) await ask(statement)
    const rules = await seenByRules(ask, mutation.rule)
    const probes = mutation.table === undefined ? false : await seenByProbes(client, mutation.table)
    const searched =
      mutation.probesSearch === true && (await probeSearch(client)).some(({ result }) => result !== 'held')
    return { name, rules, probes: probes || searched, why: 'nobody noticed' }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { name, rules: false, probes: false, why: `could not be tried: ${why}` }
  } finally {
    await extendedQuery(client, 'rollback')
  }
}

async function seenByRules(ask: Asker, first: string): Promise<boolean> {
  const inOrder = [...everyRule.filter(({ name }) => name === first), ...everyRule.filter(({ name }) => name !== first)]
  for (const { sql, parameters } of inOrder) {
    if ((await ask(sql, parameters)).length > 0) return true
  }
  return false
}

async function seenByProbes(client: ClientBase, name: string): Promise<boolean> {
  const arena = transactionArena(client)
  const [table] = await readTables(arena.ask, name)
  if (table === undefined) return false
  // A login without a right on the table gains none by a policy or a key.
  const logins = loginNames.filter((login) => {
    const { select, insert, updatable } = table.rights[login]
    return select || insert || table.rights[login].delete || updatable.length > 0
  })
  // One after the other: the first that notices is enough. Without any the foreign keys are still compared.
  for (const asked of logins.length === 0 ? [[]] : logins.map((login) => [login])) {
    const verdicts = await probeTable(arena, { table, logins: asked })
    if (verdicts.some(({ result }) => result !== 'held')) return true
  }
  return false
}
