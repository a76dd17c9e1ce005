import { parseJson } from '../../kernel/parse-json.ts'
import type { DocumentLimits } from './document-limits.ts'
import { documentRefusal } from './document-refusal.ts'
import type { DocumentChunk } from './parsed-document.ts'
import { type ParserMessage, parserMessageSchema } from './parser-message.ts'

type Final = Extract<ParserMessage, { kind: 'done' | 'refused' }>

/** A chunk of 1,500 characters under eight headings, every one of them written as an escape. */
const maxLineBytes = 64 * 1024
/** Letters take up to three bytes, and the headings of a chunk come on top of its text. */
const bytesPerCharacter = 8

type Options = {
  readonly limits: Pick<DocumentLimits, 'characters' | 'chunks'>
  readonly onReady: () => void
  readonly onProgress: (done: number, total: number | null) => void
  readonly onFinal: () => void
  readonly onBroken: (error: unknown) => void
}

/** Collects what the process that reads says. It reads a hostile file, so it is held to its limits here once more. */
export class ParserOutput {
  readonly chunks: DocumentChunk[] = []
  readonly #options: Options
  #rest: Buffer = Buffer.alloc(0)
  #bytes = 0
  #isReady = false
  #isOver = false
  #final: Final | undefined

  constructor(options: Options) {
    this.#options = options
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** What it said last; undefined while it reads, and where it ended without a word. */
  get final(): Final | undefined {
    return this.#final
  }

  take(piece: Buffer): void {
    if (this.#isOver) return
    this.#bytes += piece.byteLength
    if (this.#bytes > this.#options.limits.characters * bytesPerCharacter + maxLineBytes) return this.#break()
    let start = 0
    const bytes = this.#rest.byteLength === 0 ? piece : Buffer.concat([this.#rest, piece])
    for (let end = bytes.indexOf(10); end !== -1 && !this.#isOver; end = bytes.indexOf(10, start)) {
      this.#line(bytes.toString('utf8', start, end))
      start = end + 1
    }
    this.#rest = Buffer.from(bytes.subarray(start))
    if (this.#rest.byteLength > maxLineBytes) this.#break()
  }

  #line(line: string): void {
    const parsed = parserMessageSchema.safeParse(parseJson(line))
    if (!parsed.success) return this.#break()
    const message = parsed.data
    switch (message.kind) {
      case 'ready':
        if (this.#isReady) return this.#break()
        this.#isReady = true
        return this.#options.onReady()
      case 'progress':
        return this.#told(message.done, message.total)
      case 'chunk': {
        const { headingPath, page, text } = message
        this.chunks.push({ headingPath, page, text })
        return this.chunks.length > this.#options.limits.chunks ? this.#break() : undefined
      }
      case 'done':
      case 'refused':
        this.#isOver = true
        this.#final = message
        return this.#options.onFinal()
    }
  }

  #told(done: number, total: number | null): void {
    try {
      this.#options.onProgress(done, total)
    } catch (error) {
      this.#break(error)
    }
  }

  #break(error: unknown = documentRefusal('reader_failed')): void {
    this.#isOver = true
    this.#options.onBroken(error)
  }
}
