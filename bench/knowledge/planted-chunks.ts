import { encodeId, parseUuid, type Uuid } from '@hyponema/contract'
import type { BenchCluster } from '../boundary/bench-cluster.ts'

/** As many of one size as a workspace of the bench needs. */
const chunksOfSource = 5_000
/** Passages are some hundred words long; common words stand in nearly all of them, as a language has it. */
const wordsOfChunk = 100
const vocabulary = 30_000

export type PlantedWorkspace = { readonly workspaceId: Uuid; readonly sources: readonly Uuid[] }

/**
 * A workspace with so many passages, in sources of 5,000. The words are `w1` to `w30000`, the k-th as often as 1/k, so `w1` stands in
 * almost every passage and `w20000` in one of a hundred thousand. Passages hold no sealed words: nothing here opens them.
 */
export async function plantChunks(
  cluster: BenchCluster,
  options: {
    readonly number: number
    readonly chunks: number
    /** A neighbour's rows have the same words and are made faster: nobody ranks them. */
    readonly isNeighbour?: true
  },
): Promise<PlantedWorkspace> {
  const workspaceId = uuidOf('7000', options.number, 0)
  const count = Math.ceil(options.chunks / chunksOfSource)
  const sources = Array.from({ length: count }, (_none, index) => uuidOf('7100', options.number, index + 1))
  await cluster.ask(`insert into tenant.workspaces (workspace_id, name) values ('${workspaceId}', 'Bench')`)
  for (const [index, source] of sources.entries()) {
    const rows = Math.min(chunksOfSource, options.chunks - index * chunksOfSource)
    const statements = statementsOf(workspaceId, source, { rows, isNeighbour: options.isNeighbour === true })
    for (const statement of statements) await cluster.ask(statement)
  }
  return { workspaceId, sources }
}

function statementsOf(
  workspaceId: Uuid,
  source: Uuid,
  { rows, isNeighbour }: { rows: number; isNeighbour: boolean },
): readonly string[] {
  const chunkId = `('01970000-' || lpad(to_hex(c), 4, '0') || '-7200-8000-' || right('${source}', 12))::uuid`
  return [
    `insert into tenant.knowledge (workspace_id, id, name, source_type, media_type, language, byte_count, content_sha256, state,
       revision, chunk_count, processed_at, created_by)
     values ('${workspaceId}', '${source}', 'Bench', 'inline', 'text/plain', 'en', 1, sha256('x'), 'ready', 1, ${rows}, now(), 'bench')`,
    `insert into tenant.knowledge_chunks (workspace_id, id, knowledge_id, revision, position, character_count, content)
     select '${workspaceId}', ${chunkId}, '${source}', 1, c, 700, sha256(c::text::bytea) from generate_series(1, ${rows}) c`,
    `insert into tenant.knowledge_index (workspace_id, chunk_id, knowledge_id, revision, terms)
     select '${workspaceId}', ${chunkId}, '${source}', 1, ${isNeighbour ? bareTerms(source) : terms(source)}
     from generate_series(1, ${rows}) c cross join lateral (
       select array_agg('w' || floor(exp(random() * ln(${vocabulary})))::int) as words
       from generate_series(1, ${wordsOfChunk}) where c > 0) t`,
    ...(isNeighbour ? [] : [countsOf(workspaceId, source, rows)]),
  ]
}

function terms(source: Uuid): string {
  return `app.knowledge_terms('${source}', 1, 'pg_catalog.english', '', array_to_string(t.words, ' '))`
}

function bareTerms(source: Uuid): string {
  return `array_to_tsvector(array(select distinct app.knowledge_prefix('${source}', 1) || u.word from unnest(t.words) as u (word)))`
}

/** As the store counts them when a source is ready. */
function countsOf(workspaceId: Uuid, source: Uuid, rows: number): string {
  return `insert into tenant.knowledge_words (workspace_id, knowledge_id, revision, word, chunks)
     select '${workspaceId}'::uuid, '${source}'::uuid, 1, substr(t.lexeme, 7), count(*)
     from tenant.knowledge_chunks c join tenant.knowledge_index i on i.workspace_id = c.workspace_id and i.chunk_id = c.id
     cross join lateral unnest(i.terms) t
     where c.workspace_id = '${workspaceId}' and c.knowledge_id = '${source}' group by t.lexeme having count(*) >= 4
     union all select '${workspaceId}'::uuid, '${source}'::uuid, 1, '', ${rows}`
}

function uuidOf(kind: string, workspace: number, number: number): Uuid {
  const last = (workspace * 100_000 + number).toString(16).padStart(12, '0')
  const id = parseUuid(`01970000-0000-${kind}-8000-${last}`)
  if (id === undefined) throw new Error('not a UUID')
  // Throws for what would be no id of ours.
  encodeId('knowledge', id)
  return id
}
