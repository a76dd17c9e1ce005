/** Where words, lines and sentences of a whole text begin. Built while it is read, one code point after the other. */
import { type FoldedCodePoint, gaps } from '../fold/fold-code-point.ts'

/** More than any pattern reaches over: what stands in two sentences is never near. */
const betweenSentences = 1000

const terminators = new Set([...'.!?\u2026\u3002\uff01\uff1f'].map((sign) => sign.codePointAt(0)))
const closers = new Set([...')]}"\'\u00bb\u2019\u201d\u300d'].map((sign) => sign.codePointAt(0)))
const lineFeed = 0x0a

export class TextLayout {
  /** For each UTF-16 unit the number of its word; it jumps where a sentence ends. */
  readonly #words: Uint32Array
  /** Beginnings of lines and sentences, ascending. */
  readonly #starts: number[] = [0]
  #word = 0
  #inWord = false
  #terminated = false
  #closed = false
  #sentenceEnded = false
  #blankLine = false
  #afterLineFeed = false
  /** Where the next sentence begins, if there is one: what stands before its first letter is a part of it. */
  #nextStart: number | undefined

  constructor(length: number) {
    this.#words = new Uint32Array(length)
  }

  feed(codePoint: number, folded: FoldedCodePoint, at: number): void {
    const isLetter = folded.letters.length > 0 && folded.gap === gaps.none
    const isInvisible = folded.letters.length === 0 && folded.gap === gaps.none
    const isSpace = folded.gap === gaps.space
    if (!isSpace && !isInvisible && (this.#sentenceEnded || this.#blankLine)) this.#nextStart ??= at
    if (isLetter && !this.#inWord) this.#beginWord(codePoint)
    this.#words[at] = this.#word
    if (codePoint > 0xffff) this.#words[at + 1] = this.#word
    if (isInvisible) return
    this.#inWord = isLetter
    this.#noteEnd(codePoint, isSpace)
    if (codePoint === lineFeed) this.#starts.push(at + 1)
  }

  /** The number of the word in which this unit lies. */
  wordAt(offset: number): number {
    return this.#words[Math.min(offset, this.#words.length - 1)] ?? 0
  }

  /** The line or sentence in which this unit lies, without the blanks around it. */
  pieceAt(text: string, offset: number): { readonly start: number; readonly end: number } {
    let [low, high] = [0, this.#starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    const [start, end] = [this.#starts[low] ?? 0, this.#starts[low + 1] ?? text.length]
    const piece = text.slice(start, end)
    return { start: start + piece.length - piece.trimStart().length, end: start + piece.trimEnd().length }
  }

  #beginWord(codePoint: number): void {
    // A quotation within a sentence may end with a full stop of its own.
    const goesOn = this.#closed && /^\p{Ll}$/u.test(String.fromCodePoint(codePoint))
    const ended = (this.#sentenceEnded && !goesOn) || this.#blankLine
    if (ended) {
      this.#word += betweenSentences
      const start = this.#nextStart ?? 0
      if ((this.#starts.at(-1) ?? 0) < start) this.#starts.push(start)
    }
    this.#word += 1
    this.#nextStart = undefined
    this.#sentenceEnded = false
    this.#blankLine = false
    this.#terminated = false
    this.#closed = false
  }

  #noteEnd(codePoint: number, isSpace: boolean): void {
    if (terminators.has(codePoint)) {
      this.#terminated = true
      this.#closed = false
      // Full-width stops have no blank behind them.
      if (codePoint > 0x3000) this.#sentenceEnded = true
    } else if (closers.has(codePoint)) this.#closed = this.#terminated
    else if (isSpace) {
      if (this.#terminated) this.#sentenceEnded = true
      if (codePoint === lineFeed && this.#afterLineFeed) this.#blankLine = true
    } else if (!this.#inWord) this.#terminated = false
    this.#afterLineFeed = codePoint === lineFeed || (isSpace && this.#afterLineFeed)
  }
}
