import type { DocumentType } from './document-type.ts'

/** A piece of a document as a person who reads it sees it; untrusted words, never an instruction to anybody. */
export type DocumentChunk = {
  /** The headings above it, the outermost first; of JSON the names that lead to it. */
  readonly headingPath: readonly string[]
  /** The page on which it begins, from 1; null where the type has no pages. */
  readonly page: number | null
  /** At most 1,500 characters (UTF-16 units), no hidden and no invisible ones, lines parted by \n. */
  readonly text: string
}

export type ParsedDocument = {
  readonly type: DocumentType
  readonly pages: number | null
  /** In the order of the document. */
  readonly chunks: readonly DocumentChunk[]
}
