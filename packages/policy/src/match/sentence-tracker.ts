/**
 * Where a sentence ends, decided by its characters alone, so that it does not depend on how the stream was cut: at white
 * space behind . ! ? or an ellipsis (closing quotes and brackets may stand between), behind a full-width stop, and at a
 * blank line. A single new line ends nothing: a sentence with one word a line is still one sentence to its reader. White
 * space between two sentences belongs to neither.
 *
 * A sentence longer than 300 characters is read in windows that overlap by 270, because its beginning cannot wait for an
 * end that may never come. A regex match of up to 270 characters lies within one window wherever it begins; of a longer
 * one, what has not left when it is recognised is withheld (sentence-reader.ts). There are no windows where a zone hides
 * from the beginning of the sentence: then the whole of it waits, and is read whole.
 */
import { type FoldedCodePoint, gaps } from '../fold/fold-code-point.ts'

/** Runtime-safety 3: a zone with a regex holds the sentence or 300 characters, whichever ends first. */
export const windowCharacters = 300
/** The rest is how far the window moves: each sentence of that length is read once more for each 30 characters. */
const overlapCharacters = 270

export interface SentencePiece {
  readonly start: number
  readonly end: number
  /** False for a window of a sentence that goes on. */
  readonly isWhole: boolean
}

const terminators = new Set([...'.!?\u2026\u203c\u2047\u2048\u2049'].map((sign) => sign.codePointAt(0)))
const wideTerminators = new Set([...'\u3002\uff01\uff1f\uff61'].map((sign) => sign.codePointAt(0)))
const closers = new Set([...')]}"\'\u00bb\u2019\u201d\u203a\u300d\u300f'].map((sign) => sign.codePointAt(0)))
const newLines = new Set([0x0a, 0x0b, 0x0c, 0x0d, 0x85, 0x2028, 0x2029])

export class SentenceTracker {
  /** Where the present sentence, or its present window, begins: its first character that is no white space. */
  start = 0
  /** Nothing but blanks has been read of it. */
  isEmpty = true
  private afterTerminator = false
  private afterWideTerminator = false
  /** Only white space has come since a new line: another one makes the line blank. */
  private afterNewLine = false
  private afterReturn = false
  /** Places of white space within the window, at which it may be cut without cutting a word. */
  private readonly spaces: number[] = []
  private readonly cutsWindows: boolean
  /** Blanks at the beginning belong to a sentence that an earlier utterance left open. */
  private continues = false

  constructor(cutsWindows = true) {
    this.cutsWindows = cutsWindows
  }

  /** The piece that is complete before this code point, or null. */
  feed(codePoint: number, folded: FoldedCodePoint, at: number): SentencePiece | null {
    const isSpace = folded.gap === gaps.space
    const isInvisible = folded.gap <= gaps.soft && folded.letters.length === 0
    let ended: SentencePiece | null = null
    if (!this.isEmpty && this.endsBefore(codePoint, isSpace, isInvisible)) ended = this.finish(at)
    else if (this.cutsWindows && !this.isEmpty && at - this.start >= windowCharacters) ended = this.cutWindow(at)
    this.note(codePoint, isSpace, isInvisible, at)
    return ended
  }

  endUtterance(at: number): SentencePiece | null {
    const ended = this.isEmpty ? null : this.finish(at)
    this.start = at
    return ended
  }

  /** The sentence has its full stop; only what closes a quotation may still belong to it. */
  get isTerminated(): boolean {
    return this.afterTerminator || this.afterWideTerminator
  }

  /** Nothing has been read of the sentence that begins at `at`; or that continues there. */
  restart(at: number, continues = false): void {
    this.finish(at)
    this.continues = continues
  }

  /** The sentence that was left open is over after all: what comes now is another one. */
  beginAnother(): void {
    this.continues = false
  }

  private endsBefore(codePoint: number, isSpace: boolean, isInvisible: boolean): boolean {
    if (newLines.has(codePoint) && this.afterNewLine && !this.isHalfNewLine(codePoint)) return true
    if (this.afterTerminator && isSpace) return true
    const continues =
      isInvisible || terminators.has(codePoint) || wideTerminators.has(codePoint) || closers.has(codePoint)
    return this.afterWideTerminator && !continues
  }

  /** Carriage return and line feed are one new line. */
  private isHalfNewLine(codePoint: number): boolean {
    return codePoint === 0x0a && this.afterReturn
  }

  private finish(at: number): SentencePiece {
    const piece = { start: this.start, end: at, isWhole: true }
    this.start = at
    this.isEmpty = true
    this.continues = false
    this.afterTerminator = false
    this.afterWideTerminator = false
    this.afterNewLine = false
    this.spaces.length = 0
    return piece
  }

  /** The window is read up to its last white space; the next one begins at the last that leaves the overlap. */
  private cutWindow(at: number): SentencePiece {
    const lastSpace = this.spaces.at(-1)
    const end = lastSpace !== undefined && lastSpace > this.start + overlapCharacters ? lastSpace : at
    const piece = { start: this.start, end, isWhole: false }
    const latest = end - overlapCharacters
    const nextStart = this.spaces.findLast((space) => space <= latest)
    this.start = nextStart !== undefined && nextStart > this.start ? nextStart : latest
    const kept = this.spaces.filter((space) => space > this.start)
    this.spaces.splice(0, this.spaces.length, ...kept)
    return piece
  }

  private note(codePoint: number, isSpace: boolean, isInvisible: boolean, at: number): void {
    if (this.isEmpty) {
      if (!this.continues) this.start = at
      if (isSpace || isInvisible) return
      this.isEmpty = false
    }
    if (isSpace) this.spaces.push(at)
    if (newLines.has(codePoint)) this.afterNewLine = true
    else if (!isSpace && !isInvisible) this.afterNewLine = false
    this.afterReturn = codePoint === 0x0d
    if (isInvisible || (closers.has(codePoint) && (this.afterTerminator || this.afterWideTerminator))) return
    this.afterTerminator = terminators.has(codePoint) || (this.afterTerminator && wideTerminators.has(codePoint))
    this.afterWideTerminator =
      wideTerminators.has(codePoint) || (this.afterWideTerminator && terminators.has(codePoint))
  }
}
