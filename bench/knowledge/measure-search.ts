import { join } from 'node:path'
import { sql } from 'kysely'
import { findSearchConfig } from '../../packages/server/src/features/knowledge/find-search-config.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { type Database, openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import type { WorkspaceTx } from '../../packages/server/src/platform/postgres/workspace-tx.ts'
import { alternatingPairs } from '../boundary/alternating-pairs.ts'
import type { BenchCluster } from '../boundary/bench-cluster.ts'
import { quantile } from '../policy/statistics.ts'
import type { PlantedWorkspace } from './planted-chunks.ts'

/** Plans are made and the rows are in memory. */
const warmUp = 20

export type Kind = keyof typeof questions

/** Words by how often they occur (planted-chunks.ts); `numbered` takes the number of the question in. */
const questions = {
  ordinary: (number: number) => `w${200 + (number % 50)} w${2_000 + (number % 500)} w${9_000 + (number % 5_000)}`,
  common: (number: number) => Array.from({ length: 8 }, (_none, index) => `w${1 + index + (number % 3)}`).join(' '),
  long: (number: number) =>
    Array.from({ length: 24 }, (_none, index) => `w${(index + 1) * 300 + (number % 97)}`).join(' '),
} as const

export type SearchFigures = {
  /** Each search of each kind, in milliseconds. */
  readonly ms: Readonly<Record<Kind, readonly number[]>>
  readonly emptyMs: readonly number[]
  /** Medians of a round: [by the function, by a plain query under row security]. */
  readonly plain: readonly (readonly [number, number])[]
}

/**
 * Times whole scoped transactions: the search of every source of the workspace, and by turns nothing; then, by turns too, the same
 * question to the index under row security, as the one login that may read it.
 */
export async function measureSearch(
  cluster: BenchCluster,
  planted: PlantedWorkspace,
  options: { readonly pairs: number; readonly searches: number },
): Promise<SearchFigures> {
  const logins = await readLogins(join(cluster.home, 'logins.json'))
  const database = openDatabase({ address: cluster.address, logins, limits: { maxConnections: 1 } })
  const scope = provenScope(planted.workspaceId)
  const timed = async (work: (tx: WorkspaceTx) => Promise<unknown>, as: 'app' | 'worker' = 'app'): Promise<number> => {
    const door: Database['withWorkspace'] = as === 'app' ? database.withWorkspace : database.workerWithWorkspace
    const startedMs = performance.now()
    await door(scope, work)
    return performance.now() - startedMs
  }
  const ms: Record<Kind, number[]> = { ordinary: [], common: [], long: [] }
  const emptyMs: number[] = []
  try {
    for (let number = 0; number < warmUp; number += 1)
      for (const question of Object.values(questions)) await timed((tx) => search(tx, planted, question(number)))
    for (let number = 0; number < options.searches; number += 1) {
      for (const kind of ['ordinary', 'common', 'long'] as const) {
        ms[kind].push(await timed((tx) => search(tx, planted, questions[kind](number))))
        emptyMs.push(await timed(async () => undefined))
      }
    }
    const round = async (work: (tx: WorkspaceTx, question: string) => Promise<unknown>, as: 'app' | 'worker') => {
      const samples: number[] = []
      for (let number = 0; number < 5; number += 1)
        samples.push(await timed((tx) => work(tx, questions.ordinary(number)), as))
      return quantile(samples, 0.5)
    }
    const plain = await alternatingPairs(
      options.pairs,
      () => round((tx, question) => search(tx, planted, question), 'app'),
      () => round((tx, question) => searchPlainly(tx, planted, question), 'worker'),
    )
    return { ms, emptyMs, plain }
  } finally {
    await database.close()
  }
}

async function search(tx: WorkspaceTx, { sources }: PlantedWorkspace, question: string): Promise<void> {
  const { rows } = await sql`select chunk_id, score from app.search_knowledge(${question}, ${sources}::uuid[],
    ${sources.map(() => 1)}::integer[], ${sources.map(() => findSearchConfig('en'))}::text[]::regconfig[], 4)`.execute(
    tx.db,
  )
  if (rows.length === 0) throw new Error(`nothing is found for ${question}`)
}

/** What one would write without the function: the same index, any of the words, ranked by the server. */
async function searchPlainly(tx: WorkspaceTx, { sources }: PlantedWorkspace, question: string): Promise<void> {
  const { rows } = await sql`
    with wanted as (
      select string_agg('''' || app.knowledge_prefix(s.id, 1) || w.word || '''', ' | ')::tsquery as query
      from unnest(${sources}::uuid[]) as s (id) cross join unnest(tsvector_to_array(to_tsvector('pg_catalog.english', ${question}))) as w (word)
    )
    select i.chunk_id from tenant.knowledge_index i, wanted where i.terms @@ wanted.query
    order by ts_rank(i.terms, wanted.query) desc limit 4`.execute(tx.db)
  if (rows.length === 0) throw new Error(`nothing is found for ${question}`)
}
