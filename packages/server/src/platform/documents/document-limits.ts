/** What reading one document may cost. A crossed limit ends the reading with an error of its own; nothing is cut off in silence. */
export type DocumentLimits = {
  readonly bytes: number
  readonly pages: number
  readonly characters: number
  readonly chunks: number
  /** Of an archive, unpacked, and the number of its entries. */
  readonly inflatedBytes: number
  readonly archiveEntries: number
  readonly wallMs: number
  readonly cpuSeconds: number
  readonly heapMb: number
  readonly residentMb: number
}

const mebibyte = 1024 * 1024

/** A larger upload can be refused by its length, before it is read. */
export const maxDocumentBytes = 20 * mebibyte

export const documentLimits: DocumentLimits = {
  bytes: maxDocumentBytes,
  pages: 2_000,
  // 2,000 pages of small print.
  characters: 8_000_000,
  // Characters come to half of that at the size that is aimed at; the rest is for documents of very short sections.
  chunks: 20_000,
  // The XML of a Word file packs 10 to 30 times; more than this is read by nobody.
  inflatedBytes: 100 * mebibyte,
  archiveEntries: 5_000,
  // A page of text takes 5 ms, so 2,000 pages on a busy machine fit. The clock also runs while the process waits for a core.
  wallMs: 120_000,
  // Enforced by the kernel, and so for a process that nobody watches any more.
  cpuSeconds: 60,
  heapMb: 384,
  // Node itself takes 60, a document's bytes are there twice for a moment; the heap is inside of this.
  residentMb: 640,
}
