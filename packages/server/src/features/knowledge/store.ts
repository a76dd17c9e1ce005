import type { KnowledgeSourceType, KnowledgeState, Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findSearchConfig, type TextSearchConfig } from './find-search-config.ts'
import { renderSearchText } from './render-search-text.ts'

export type KnowledgeRow = {
  readonly id: Uuid
  readonly name: string
  readonly sourceType: KnowledgeSourceType
  readonly mediaType: string
  readonly language: string | null
  readonly byteCount: number
  readonly contentSha256: Buffer
  readonly state: KnowledgeState
  readonly errorCode: string | null
  readonly errorDetail: string | null
  readonly progressDone: number
  readonly progressTotal: number | null
  readonly chunkCount: number
  readonly characterCount: number
  readonly revision: number
  readonly attempts: number
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly processedAt: Date | null
}

const columns = [
  'id',
  'name',
  'source_type as sourceType',
  'media_type as mediaType',
  'language',
  'byte_count as byteCount',
  'content_sha256 as contentSha256',
  'state',
  'error_code as errorCode',
  'error_detail as errorDetail',
  'progress_done as progressDone',
  'progress_total as progressTotal',
  'chunk_count as chunkCount',
  'character_count as characterCount',
  'revision',
  'attempts',
  'created_by as createdBy',
  'created_at as createdAt',
  'updated_at as updatedAt',
  'processed_at as processedAt',
] as const

export async function insertKnowledge(
  tx: WorkspaceTx,
  source: Pick<
    KnowledgeRow,
    | 'id'
    | 'name'
    | 'sourceType'
    | 'mediaType'
    | 'language'
    | 'byteCount'
    | 'contentSha256'
    | 'state'
    | 'createdBy'
    | 'createdAt'
  >,
): Promise<void> {
  await tx.db
    .insertInto('tenant.knowledge')
    .values({
      workspace_id: tx.workspaceId,
      id: source.id,
      name: source.name,
      source_type: source.sourceType,
      media_type: source.mediaType,
      language: source.language,
      byte_count: source.byteCount,
      content_sha256: source.contentSha256,
      state: source.state,
      created_by: source.createdBy,
      created_at: source.createdAt,
      updated_at: source.createdAt,
    })
    .execute()
}

export async function findKnowledge(tx: WorkspaceTx, id: Uuid): Promise<KnowledgeRow | undefined> {
  return tx.db.selectFrom('tenant.knowledge').select(columns).where('id', '=', id).executeTakeFirst()
}

/** Held until the transaction ends, so that of two who change one source the second sees what the first has done. */
export async function lockKnowledge(tx: WorkspaceTx, id: Uuid): Promise<KnowledgeRow | undefined> {
  return tx.db.selectFrom('tenant.knowledge').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
}

export async function listKnowledge(
  tx: WorkspaceTx,
  page: { readonly cursor: Cursor; readonly limit: number },
): Promise<KnowledgeRow[]> {
  let query = tx.db
    .selectFrom('tenant.knowledge')
    .select(columns)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

export async function setKnowledgeName(
  tx: WorkspaceTx,
  change: { readonly id: Uuid; readonly name: string; readonly now: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.knowledge')
    .set({ name: change.name, updated_at: change.now })
    .where('id', '=', change.id)
    .execute()
}

/** Which of these there are, and how far each is. */
export async function listStates(tx: WorkspaceTx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, KnowledgeState>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.db
    .selectFrom('tenant.knowledge')
    .select(['id', 'state'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .execute()
  return new Map(rows.map(({ id, state }) => [id, state]))
}

export type ChunkRow = {
  readonly id: Uuid
  readonly position: number
  readonly characterCount: number
  readonly content: SealedContent
}

/** The passages of a source that are searched now, in the order of the document. */
export async function listChunks(
  tx: WorkspaceTx,
  page: {
    readonly knowledgeId: Uuid
    readonly revision: number
    readonly after: number | undefined
    readonly limit: number
  },
): Promise<ChunkRow[]> {
  return tx.db
    .selectFrom('tenant.knowledge_chunks')
    .select(['id', 'position', 'character_count as characterCount', 'content'])
    .where('knowledge_id', '=', page.knowledgeId)
    .where('revision', '=', page.revision)
    .where('position', '>', page.after ?? -1)
    .orderBy('position')
    .limit(page.limit + 1)
    .execute()
}

/** What a workspace's quotas are compared with. */
export type KnowledgeTotals = {
  readonly sources: number
  readonly bytes: number
  readonly chunks: number
  readonly characters: number
}

export async function sumKnowledge(tx: WorkspaceTx): Promise<KnowledgeTotals> {
  return tx.db
    .selectFrom('tenant.knowledge')
    .select([
      sql<number>`count(*)::integer`.as('sources'),
      sql<number>`coalesce(sum(byte_count), 0)::double precision`.as('bytes'),
      sql<number>`coalesce(sum(chunk_count), 0)::double precision`.as('chunks'),
      sql<number>`coalesce(sum(character_count), 0)::double precision`.as('characters'),
    ])
    .executeTakeFirstOrThrow()
}

/** Moves a source on; a failure names its code, and every other state has none. Progress begins anew. */
export async function setKnowledgeState(
  tx: WorkspaceTx,
  change: {
    readonly id: Uuid
    readonly now: Date
    readonly state: Exclude<KnowledgeState, 'ready'>
    readonly error?: { readonly code: string; readonly detail: string | null }
    /** Counts one more try; none of them begins at 0 again where it is a person who wants it. */
    readonly attempts?: number
  },
): Promise<void> {
  await tx.db
    .updateTable('tenant.knowledge')
    .set({
      state: change.state,
      error_code: change.error?.code ?? null,
      error_detail: change.error?.detail ?? null,
      progress_done: 0,
      progress_total: null,
      updated_at: change.now,
      ...(change.attempts !== undefined && { attempts: change.attempts }),
    })
    .where('id', '=', change.id)
    .execute()
}

export async function setKnowledgeProgress(
  tx: WorkspaceTx,
  change: { readonly id: Uuid; readonly now: Date; readonly done: number; readonly total: number | null },
): Promise<void> {
  await tx.db
    .updateTable('tenant.knowledge')
    .set({ progress_done: change.done, progress_total: change.total, updated_at: change.now })
    .where('id', '=', change.id)
    .execute()
}

export type NewChunk = {
  readonly id: Uuid
  readonly position: number
  readonly content: SealedContent
  readonly characterCount: number
  /** Plain, for the index only: they stand there word by word. */
  readonly headings: string
  readonly words: string
}

/** Writes passages and what they are found by. They are not searched before their revision is the source's. */
export async function insertChunks(
  tx: WorkspaceTx,
  source: {
    readonly knowledgeId: Uuid
    readonly revision: number
    readonly language: string | null
    readonly chunks: readonly NewChunk[]
  },
): Promise<void> {
  const { knowledgeId, revision, chunks } = source
  if (chunks.length === 0) return
  await sql`
    insert into tenant.knowledge_chunks (workspace_id, id, knowledge_id, revision, position, character_count, content)
    select ${tx.workspaceId}, c.id, ${knowledgeId}::uuid, ${revision}::integer, c.position, c.character_count, c.content
    from unnest(${chunks.map(({ id }) => id)}::uuid[], ${chunks.map(({ position }) => position)}::integer[],
      ${chunks.map(({ characterCount }) => characterCount)}::integer[], ${chunks.map(({ content }) => content)}::bytea[])
      as c (id, position, character_count, content)`.execute(tx.db)
  await sql`
    insert into tenant.knowledge_index (workspace_id, chunk_id, knowledge_id, revision, terms)
    select ${tx.workspaceId}, c.id, ${knowledgeId}::uuid, ${revision}::integer,
      app.knowledge_terms(${knowledgeId}::uuid, ${revision}::integer, ${findSearchConfig(source.language)}::text::regconfig, c.headings, c.words)
    from unnest(${chunks.map(({ id }) => id)}::uuid[], ${chunks.map((chunk) => renderSearchText(chunk.headings))}::text[],
      ${chunks.map((chunk) => renderSearchText(chunk.words))}::text[]) as c (id, headings, words)`.execute(tx.db)
}

/** From here on these passages are the source's and their words are counted; those of other revisions are gone. */
export async function swapRevision(
  tx: WorkspaceTx,
  swap: {
    readonly id: Uuid
    readonly revision: number
    readonly chunkCount: number
    readonly characterCount: number
    readonly now: Date
  },
): Promise<void> {
  await tx.db
    .updateTable('tenant.knowledge')
    .set({
      state: 'ready',
      error_code: null,
      error_detail: null,
      revision: swap.revision,
      chunk_count: swap.chunkCount,
      character_count: swap.characterCount,
      progress_done: swap.chunkCount,
      progress_total: swap.chunkCount,
      processed_at: swap.now,
      updated_at: swap.now,
    })
    .where('id', '=', swap.id)
    .execute()
  await countWords(tx, swap)
  await deleteOtherRevisions(tx, { id: swap.id, keep: swap.revision })
}

/** A search looks for the rarest words first, and asks here which those are. */
async function countWords(
  tx: WorkspaceTx,
  { id, revision }: { readonly id: Uuid; readonly revision: number },
): Promise<void> {
  await sql`
    insert into tenant.knowledge_words (workspace_id, knowledge_id, revision, word, chunks)
    select ${tx.workspaceId}, ${id}::uuid, ${revision}::integer, w.word, w.chunks from (
      select substr(t.lexeme, char_length(app.knowledge_prefix(${id}::uuid, ${revision}::integer)) + 1) as word, count(*) as chunks
      from tenant.knowledge_chunks c
      join tenant.knowledge_index i on i.workspace_id = c.workspace_id and i.chunk_id = c.id
      cross join lateral unnest(i.terms) as t
      where c.knowledge_id = ${id} and c.revision = ${revision}
      group by 1 having count(*) >= 4
      union all
      select '', count(*) from tenant.knowledge_chunks c where c.knowledge_id = ${id} and c.revision = ${revision} having count(*) > 0
    ) w`.execute(tx.db)
}

/** Takes away what a try that failed has left; 0 keeps none. What they were found by goes with them. */
export async function deleteOtherRevisions(
  tx: WorkspaceTx,
  source: { readonly id: Uuid; readonly keep: number },
): Promise<void> {
  await tx.db
    .deleteFrom('tenant.knowledge_chunks')
    .where('knowledge_id', '=', source.id)
    .where('revision', '<>', source.keep)
    .execute()
  await tx.db
    .deleteFrom('tenant.knowledge_words')
    .where('knowledge_id', '=', source.id)
    .where('revision', '<>', source.keep)
    .execute()
}

/** With its passages and what they were found by. False when there was none. */
export async function deleteKnowledge(tx: WorkspaceTx, id: Uuid): Promise<boolean> {
  const result = await tx.db.deleteFrom('tenant.knowledge').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** A source that can be searched, and how. */
export type SearchedSource = {
  readonly id: Uuid
  readonly revision: number
  readonly config: TextSearchConfig
}

/** Those of the named ones that have passages, whatever is being made of them now. */
export async function findSearched(tx: WorkspaceTx, ids: readonly Uuid[]): Promise<readonly SearchedSource[]> {
  if (ids.length === 0) return []
  const rows = await tx.db
    .selectFrom('tenant.knowledge')
    .select(['id', 'revision', 'language'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .where('chunk_count', '>', 0)
    .orderBy('id')
    .execute()
  return rows.map(({ id, revision, language }) => ({ id, revision, config: findSearchConfig(language) }))
}

export type ChunkHit = { readonly id: Uuid; readonly knowledgeId: Uuid; readonly score: number }

/** The passages that fit the question best, best first. Throws without a scope, as the database does. */
export async function findChunkHits(
  tx: WorkspaceTx,
  search: { readonly question: string; readonly sources: readonly SearchedSource[]; readonly most: number },
): Promise<readonly ChunkHit[]> {
  const { question, sources, most } = search
  if (sources.length === 0) return []
  const { rows } = await sql<ChunkHit>`
    select chunk_id as id, knowledge_id as "knowledgeId", score
    from app.search_knowledge(${renderSearchText(question)}, ${sources.map(({ id }) => id)}::uuid[],
      ${sources.map(({ revision }) => revision)}::integer[],
      ${sources.map(({ config }) => config)}::text[]::regconfig[], ${most}::integer)`.execute(tx.db)
  return rows
}

export async function findChunks(
  tx: WorkspaceTx,
  ids: readonly Uuid[],
): Promise<readonly { readonly id: Uuid; readonly position: number; readonly content: SealedContent }[]> {
  if (ids.length === 0) return []
  return tx.db
    .selectFrom('tenant.knowledge_chunks')
    .select(['id', 'position', 'content'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .execute()
}

/**
 * Has the queue wake a worker for the source in so many milliseconds, by the clock of the database: by that of a process, which
 * may be minutes behind, what is being read would be due for everybody at once.
 */
export async function putKnowledgeDue(tx: WorkspaceTx, id: Uuid, inMs: number): Promise<void> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx.db)
  const [row] = rows
  if (row === undefined) throw new Error('the database told no time')
  await tx.dispatchPut('knowledge', id, new Date(row.now.getTime() + inMs))
}
