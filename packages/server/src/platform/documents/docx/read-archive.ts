/**
 * Threat: an archive that unpacks to more than the machine has: 1:1000 and nested, parts that overlap so that the same bytes are
 * unpacked again and again, sizes that are not true, a hundred thousand entries.
 * Rule: the list of entries is judged before anything is unpacked; only the parts that are asked for are, each up to the size that it
 * declares and all of them up to one sum, which is counted on what really comes out.
 * On failure: refused as a bomb, as encrypted or as damaged; what was unpacked is dropped.
 */
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { DocumentRefused } from '../document-refused.ts'
import type { ReadingLimits } from '../reading-limits.ts'

export type ArchiveLimits = Pick<ReadingLimits, 'inflatedBytes' | 'archiveEntries'>

export type Archive = {
  /** @returns undefined where there is no such part */
  readonly read: (name: string) => Promise<Buffer | undefined>
}

const localHeaderBytes = 30
/** Of all entries together, pictures and fonts too, which are never unpacked here: no document declares a gibibyte. */
const maxDeclaredBytes = 1024 * 1024 * 1024

export async function readArchive(bytes: Buffer, limits: ArchiveLimits): Promise<Archive> {
  const zip = await open(bytes)
  const entries = await judgedEntries(zip, limits)
  let left = limits.inflatedBytes
  return {
    read: async (name) => {
      const entry = entries.get(name)
      if (entry === undefined) return undefined
      const part = await inflate({ zip, entry, most: left })
      left -= part.byteLength
      return part
    },
  }
}

async function open(bytes: Buffer): Promise<ZipFile> {
  try {
    return await fromBufferPromise(bytes, { lazyEntries: true, autoClose: false, validateEntrySizes: true })
  } catch (cause) {
    throw new DocumentRefused('docx_damaged', { cause })
  }
}

async function judgedEntries(zip: ZipFile, limits: ArchiveLimits): Promise<ReadonlyMap<string, Entry>> {
  if (zip.entryCount > limits.archiveEntries) throw new DocumentRefused('archive_bomb')
  const entries = new Map<string, Entry>()
  let declared = 0
  for await (const entry of listed(zip)) {
    if (entry.isEncrypted()) throw new DocumentRefused('docx_encrypted')
    declared += entry.uncompressedSize
    if (entry.uncompressedSize > limits.inflatedBytes || declared > maxDeclaredBytes)
      throw new DocumentRefused('archive_bomb')
    // Two parts of one name: which one is shown depends on the program.
    if (entries.has(entry.fileName)) throw new DocumentRefused('docx_damaged')
    entries.set(entry.fileName, entry)
  }
  refuseOverlap([...entries.values()])
  return entries
}

async function* listed(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry()
  } catch (cause) {
    throw cause instanceof DocumentRefused ? cause : new DocumentRefused('docx_damaged', { cause })
  }
}

/** Each entry has bytes of its own, at least its header and what it says that it is packed in. */
function refuseOverlap(entries: readonly Entry[]): void {
  let end = 0
  for (const entry of entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)) {
    if (entry.relativeOffsetOfLocalHeader < end) throw new DocumentRefused('archive_bomb')
    end = entry.relativeOffsetOfLocalHeader + localHeaderBytes + entry.fileNameLength + entry.compressedSize
  }
}

async function inflate(options: { zip: ZipFile; entry: Entry; most: number }): Promise<Buffer> {
  const { zip, entry, most } = options
  if (entry.uncompressedSize > most) throw new DocumentRefused('archive_bomb')
  const pieces: Buffer[] = []
  let size = 0
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      if (!Buffer.isBuffer(piece)) continue
      size += piece.byteLength
      if (size > most || size > entry.uncompressedSize) throw new DocumentRefused('archive_bomb')
      pieces.push(piece)
    }
  } catch (cause) {
    throw refusalOf(cause)
  }
  if (size !== entry.uncompressedSize) throw new DocumentRefused('docx_damaged')
  return Buffer.concat(pieces)
}

function refusalOf(cause: unknown): DocumentRefused {
  if (cause instanceof DocumentRefused) return cause
  const isLying = cause instanceof Error && cause.message.startsWith('too many bytes in the stream')
  return new DocumentRefused(isLying ? 'archive_bomb' : 'docx_damaged', { cause })
}
