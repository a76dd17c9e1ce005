import type { DocumentLimits } from './document-limits.ts'

const names = ['bytes', 'pages', 'characters', 'chunks', 'inflatedBytes', 'archiveEntries'] as const

/** The limits that a reader keeps itself; the others are kept from outside. */
export type ReadingLimits = Pick<DocumentLimits, (typeof names)[number]>

/** As arguments of the process that reads, and back. */
export const readingLimits = {
  write: (limits: ReadingLimits): readonly string[] => names.map((name) => String(limits[name])),
  read: (given: readonly string[]): ReadingLimits => {
    const [bytes = 0, pages = 0, characters = 0, chunks = 0, inflatedBytes = 0, archiveEntries = 0] = given.map(Number)
    return { bytes, pages, characters, chunks, inflatedBytes, archiveEntries }
  },
}
