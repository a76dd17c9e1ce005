/** The rows of knowledge as SQL gives them; part of `Tables`. */
import type { KnowledgeSourceType, KnowledgeState, Uuid } from '@hyponema/contract'
import type { ColumnType, Generated } from 'kysely'
import type { SealedContent } from '../crypto/sealed-content.ts'

type Knowledge = {
  workspace_id: Uuid
  id: Uuid
  name: string
  source_type: KnowledgeSourceType
  media_type: string
  language: string | null
  byte_count: number
  content_sha256: Buffer
  state: ColumnType<KnowledgeState, KnowledgeState | undefined, KnowledgeState>
  error_code: string | null
  error_detail: string | null
  progress_done: Generated<number>
  progress_total: number | null
  chunk_count: Generated<number>
  character_count: Generated<number>
  revision: Generated<number>
  attempts: Generated<number>
  created_by: string
  created_at: Generated<Date>
  updated_at: Generated<Date>
  processed_at: Date | null
}

type KnowledgeChunks = {
  workspace_id: Uuid
  id: Uuid
  knowledge_id: Uuid
  revision: number
  position: number
  character_count: number
  content: SealedContent
}

type KnowledgeIndex = {
  workspace_id: Uuid
  chunk_id: Uuid
  knowledge_id: Uuid
  revision: number
  /** Made by the database from the words; nothing reads it but the search. */
  terms: string
}

type KnowledgeWords = {
  workspace_id: Uuid
  knowledge_id: Uuid
  revision: number
  word: string
  chunks: number
}

export type KnowledgeTables = {
  'tenant.knowledge': Knowledge
  'tenant.knowledge_chunks': KnowledgeChunks
  'tenant.knowledge_index': KnowledgeIndex
  'tenant.knowledge_words': KnowledgeWords
}
