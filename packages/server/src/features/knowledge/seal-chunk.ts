import type { Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { ContentKey } from '../../guards/content-keys.ts'
import type { ContentPurpose, SealedContent } from '../../platform/crypto/sealed-content.ts'

/** What a passage's sealed `content` holds. */
const chunkContentSchema = z.strictObject({
  heading_path: z.array(z.string()),
  page: z.int().nullable(),
  text: z.string(),
})

/** A passage as it was cut out of its document. Untrusted: whoever wrote the document wrote it. */
export type ChunkContent = {
  readonly headingPath: readonly string[]
  readonly page: number | null
  readonly text: string
}

/** `key` is the workspace's: a document is about nobody. */
export function sealChunk(key: ContentKey, chunkId: Uuid, content: ChunkContent): SealedContent {
  const { headingPath, page, text } = content
  return key.seal(placeOf(chunkId), JSON.stringify({ heading_path: headingPath, page, text }))
}

export function openChunk(
  key: ContentKey,
  chunkId: Uuid,
  sealed: SealedContent,
  purpose: ContentPurpose,
): ChunkContent {
  const content = chunkContentSchema.parse(JSON.parse(key.open(placeOf(chunkId), sealed, purpose)))
  return { headingPath: content.heading_path, page: content.page, text: content.text }
}

function placeOf(rowId: Uuid) {
  return { table: 'knowledge_chunks', column: 'content', rowId }
}
