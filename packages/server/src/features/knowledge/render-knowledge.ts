import { encodeId, errorCatalogue, type knowledgeChunkSchema, type knowledgeSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { WorkspaceContentKey } from '../../guards/content-keys.ts'
import { openChunk } from './seal-chunk.ts'
import type { ChunkRow, KnowledgeRow } from './store.ts'

export function renderKnowledge(row: KnowledgeRow): z.infer<typeof knowledgeSchema> {
  return {
    id: encodeId('knowledge', row.id),
    name: row.name,
    source_type: row.sourceType,
    media_type: row.mediaType,
    language: row.language,
    byte_count: row.byteCount,
    sha256: row.contentSha256.toString('hex'),
    state: row.state,
    progress: row.state === 'processing' ? { done: row.progressDone, total: row.progressTotal } : null,
    error:
      row.errorCode === null ? null : { code: row.errorCode, title: titleOf(row.errorCode), detail: row.errorDetail },
    chunk_count: row.chunkCount,
    character_count: row.characterCount,
    revision: row.revision,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    processed_at: row.processedAt?.toISOString() ?? null,
  }
}

/** A passage as it was cut out of its document, opened for whoever reviews it. */
export function renderChunk(row: ChunkRow, key: WorkspaceContentKey): z.infer<typeof knowledgeChunkSchema> {
  const { headingPath, page, text } = openChunk(key, row.id, row.content, 'review')
  return {
    id: encodeId('chunk', row.id),
    position: row.position,
    heading_path: [...headingPath],
    page,
    text,
    character_count: row.characterCount,
  }
}

/** A code that an older build wrote is shown as it is. */
function titleOf(code: string): string {
  return Object.entries(errorCatalogue).find(([known]) => known === code)?.[1].title ?? code
}
