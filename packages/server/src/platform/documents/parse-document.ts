import { type DocumentLimits, documentLimits } from './document-limits.ts'
import type { ParsedDocument } from './parsed-document.ts'
import { ParserSlots } from './parser-slots.ts'
import { runParser } from './run-parser.ts'
import { sniffDocument } from './sniff-document.ts'

/** Untrusted in every part: the name and the media type are what somebody says about the bytes. */
export type UnreadDocument = {
  readonly bytes: Uint8Array
  readonly name: string
  readonly declaredType: string | undefined
}

/** Two processes of 640 MB fit beside a server that talks; more of them would only wait for the same cores. */
const slots = new ParserSlots(2)

/**
 * The document as passages that a person who opens it would read, in order. Waits while two others are being read.
 * `onProgress` is called with pages where there are pages; an abort kills the process that reads, and is over when it has ended.
 * @throws AppError of a `knowledge.` code: final for these bytes, its detail in our words only; server.internal where nothing could
 * be started, which is worth another try; or the reason of the signal
 */
export async function parseDocument(
  document: UnreadDocument,
  options: {
    readonly signal: AbortSignal
    readonly onProgress: (done: number, total: number | null) => void
    readonly limits?: Partial<DocumentLimits>
  },
): Promise<ParsedDocument> {
  const { signal, onProgress } = options
  const type = await sniffDocument(document.bytes, document.name, document.declaredType)
  const limits = { ...documentLimits, ...options.limits }
  return slots.run(signal, () => runParser({ type, bytes: document.bytes, limits, signal, onProgress }))
}
