import { ChunkWriter } from '../chunk-writer.ts'
import { documentLimits } from '../document-limits.ts'
import type { DocumentType } from '../document-type.ts'
import { loadReader } from '../load-reader.ts'
import type { DocumentChunk } from '../parsed-document.ts'

/** Reads a document in this process, for what a reader sees; how it is kept from harm is asked of `parseDocument`. */
export async function readHere(type: DocumentType, content: string | Uint8Array): Promise<readonly DocumentChunk[]> {
  const chunks: DocumentChunk[] = []
  const writer = new ChunkWriter({ limits: documentLimits, emit: (chunk) => chunks.push(chunk) })
  const read = await loadReader(type)
  await read({ bytes: Buffer.from(content), writer, limits: documentLimits, progress: () => undefined })
  writer.end()
  return chunks
}

/** All words of the chunks with those of their headings, in order. */
export function wordsOf(chunks: readonly DocumentChunk[]): readonly string[] {
  return chunks.flatMap(({ headingPath, text }) => [...headingPath, text].flatMap((part) => part.split(/\s+/)))
}
