/**
 * The process that one document is read in. Arguments: its type, and the numbers of `parserArguments`. In by stdin: how many bytes
 * (32 bits, the high byte first), then the bytes; stdin stays open after that, and its end means that whoever asked is gone. Out by
 * stdout: one `ParserMessage` a line.
 */
import { ChunkWriter } from './chunk-writer.ts'
import type { ReadDocument } from './document-reader.ts'
import { type DocumentType, documentTypes } from './document-type.ts'
import { loadReader } from './load-reader.ts'
import type { ParserMessage } from './parser-message.ts'
import { readingLimits } from './reading-limits.ts'
import { reasonOf } from './reason-of.ts'
import type { RefusalReason } from './refusal-reasons.ts'

const leave = (): never => process.exit(1)
process.stdin.on('end', leave).on('error', leave)
process.stdout.on('error', leave)

/** What a failure of a reader means that has no name of its own. */
const failures: Readonly<Record<DocumentType, RefusalReason>> = {
  pdf: 'pdf_damaged',
  docx: 'docx_damaged',
  html: 'reader_failed',
  markdown: 'reader_failed',
  text: 'reader_failed',
  json: 'json_damaged',
}

const [givenType, ...numbers] = process.argv.slice(2)
const type = documentTypes.find((known) => known === givenType) ?? leave()
const limits = readingLimits.read(numbers)
const read = await loadReader(type)
say({ kind: 'ready' })
say(await answerTo(read, await readInput()))

async function answerTo(read: ReadDocument, bytes: Buffer): Promise<ParserMessage> {
  const writer = new ChunkWriter({ limits, emit: (chunk) => say({ kind: 'chunk', ...chunk }) })
  const progress = (done: number, total: number | null): void => say({ kind: 'progress', done, total })
  try {
    const pages = await read({ bytes, writer, limits, progress })
    writer.end()
    if (writer.isEmpty) return { kind: 'refused', reason: type === 'pdf' ? 'no_text_in_pdf' : 'no_text' }
    return { kind: 'done', pages }
  } catch (error) {
    return { kind: 'refused', reason: reasonOf(error, failures[type]) }
  }
}

function say(message: ParserMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

async function readInput(): Promise<Buffer> {
  const whole = Promise.withResolvers<Buffer>()
  let file: Buffer | undefined
  let head = Buffer.alloc(0)
  let filled = 0
  process.stdin.on('data', (piece: Buffer) => {
    let rest = piece
    if (file === undefined) {
      head = Buffer.concat([head, piece])
      if (head.byteLength < 4) return
      file = Buffer.alloc(Math.min(head.readUInt32BE(0), limits.bytes))
      rest = head.subarray(4)
    }
    filled += rest.copy(file, filled)
    if (filled === file.byteLength) whole.resolve(file)
  })
  return whole.promise
}
