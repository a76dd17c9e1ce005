/**
 * Threat: a regex match passes, because it is longer than the window, or because an utterance ended within it.
 * Rule: each sentence is read whole, or in windows; and what was heard of a sentence that is not over is read once more
 * before what is new. What reaches into the new text is a match. Where a zone hides whole sentences there are no windows:
 * the sentence waits from its first character on, until its end.
 * On failure: an error, which stops the turn (output-gate.ts).
 */
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { type FoldedCodePoint, foldCodePoint, gaps } from '../fold/fold-code-point.ts'
import type { HeardTail } from '../gate/heard-tail.ts'
import type { HeldText } from '../gate/held-text.ts'
import type { TextMatch } from './match-text.ts'
import type { SentenceFinder } from './sentence-finder.ts'
import { SentenceStarts } from './sentence-starts.ts'
import { type SentencePiece, SentenceTracker, windowCharacters } from './sentence-tracker.ts'

export interface SentenceReaderOptions {
  readonly policy: CompiledPolicy
  readonly held: HeldText
  readonly heard: HeardTail
  /** False only in the mutation tests. */
  readonly readsContext: boolean
}

export class SentenceReader {
  /** Whether any zone asks for sentences; without, nothing of this is used. */
  readonly isNeeded: boolean
  private readonly options: SentenceReaderOptions
  private readonly tracker: SentenceTracker
  /** Where the sentences begin that wait. */
  private readonly starts = new SentenceStarts()
  /** Matches of this sentence, so that overlapping windows do not report one twice. */
  private reported: TextMatch[] = []
  /** Where the sentence began that is not over, over windows and utterances; or Infinity. */
  private openSince = Number.POSITIVE_INFINITY
  /** The same for the piece that is complete. */
  private pieceSince = Number.POSITIVE_INFINITY

  /** The last utterance ended with a full stop: a blank now means that the sentence is over. */
  private mayBeOver = false

  constructor(options: SentenceReaderOptions) {
    this.options = options
    this.isNeeded = options.policy.sentences !== null || options.policy.hidesSentences
    this.tracker = new SentenceTracker(!options.policy.hidesSentences)
  }

  /** The piece that is complete before this code point, or null. */
  feed(codePoint: number, folded: FoldedCodePoint, at: number): SentencePiece | null {
    if (this.mayBeOver) this.readBehindStop(folded)
    const piece = this.tracker.feed(codePoint, folded, at)
    this.pieceSince = this.openSince
    if (piece?.isWhole === true) this.openSince = Number.POSITIVE_INFINITY
    if (!this.tracker.isEmpty && this.openSince > at) this.openSince = this.tracker.start
    this.starts.note(this.tracker.start)
    return piece
  }

  /** A sentence without a full stop goes on in the next utterance; and one with it, unless a blank comes. */
  endUtterance(at: number): SentencePiece | null {
    this.pieceSince = this.openSince
    if (this.tracker.isTerminated) this.mayBeOver = true
    return this.tracker.endUtterance(at)
  }

  private readBehindStop({ gap, letters }: FoldedCodePoint): void {
    if (gap === gaps.space) {
      this.openSince = Number.POSITIVE_INFINITY
      this.tracker.beginAnother()
    }
    if (gap > gaps.soft || letters.length > 0) this.mayBeOver = false
  }

  /** A new utterance begins. */
  restart(at: number): void {
    /** What a regex may find over both utterances is withheld with the blanks between them. */
    this.tracker.restart(at, this.options.policy.sentences !== null && this.openSince < at)
    this.starts.restart(at)
    this.reported = []
  }

  /** The user took a turn: no sentence goes on. */
  reset(): void {
    this.openSince = Number.POSITIVE_INFINITY
    this.mayBeOver = false
    this.restart(0)
  }

  endSentence(): void {
    this.reported = []
  }

  /** Where the present sentence or window begins, which waits. */
  get start(): number {
    return this.tracker.start
  }

  /** The beginning of the sentence in which this offset lies: what has to wait together where sentences are hidden. */
  before(offset: number): number {
    return this.starts.before(offset)
  }

  forgetBefore(offset: number): void {
    this.starts.forgetBefore(offset)
  }

  /** A sentence is open that began before this. */
  isOpenSince(offset: number): boolean {
    return this.openSince < offset
  }

  /** A part of this sentence may have left already. */
  get isContinued(): boolean {
    return this.openSince < this.tracker.start
  }

  /** From where on what was heard is still needed; or Infinity. */
  reach(): number {
    return this.contextStart(this.openSince)
  }

  private contextStart(since: number): number {
    const { policy, held, readsContext } = this.options
    if (policy.sentences === null || !readsContext || since === Number.POSITIVE_INFINITY)
      return Number.POSITIVE_INFINITY
    return Math.max(since, held.base - windowCharacters)
  }

  /** The matches in a piece that were not reported yet. */
  find(piece: SentencePiece): readonly TextMatch[] {
    const finder = this.options.policy.sentences
    if (finder === null) return []
    const found = [...this.findWithin(finder, piece), ...this.findAcross(finder, piece)].filter(
      (match) => !this.isReported(match),
    )
    this.reported.push(...found)
    return found
  }

  private isReported({ owner, start, end }: TextMatch): boolean {
    return this.reported.some((other) => other.owner === owner && other.start <= start && other.end >= end)
  }

  private findWithin(finder: SentenceFinder, piece: SentencePiece): readonly TextMatch[] {
    const { held } = this.options
    const start = Math.max(piece.start, held.base)
    return finder.find(held.slice(start, piece.end)).map((hit) => ({
      ...hit,
      ...this.wholeWords(start + hit.start, start + hit.end, piece),
    }))
  }

  /** What was heard of the same sentence stands before the piece; at the seam of two utterances a blank is heard, or none. */
  private findAcross(finder: SentenceFinder, piece: SentencePiece): readonly TextMatch[] {
    const { held, heard } = this.options
    const from = heard.unbrokenStart(this.contextStart(this.pieceSince), held.base)
    if (from >= Math.min(held.base, piece.start)) return []
    const before = heard.textWithin(from, held.base)
    const behind = held.slice(held.base, piece.end)
    const isSeam = heard.endsUtteranceAt(held.base) && !/\s$/u.test(before) && !/^\s/u.test(behind)
    return (isSeam ? ['', ' '] : ['']).flatMap((blank) => {
      const seamEnd = before.length + blank.length
      const offsetOf = (place: number): number =>
        place < before.length ? from + place : held.base + Math.max(0, place - seamEnd)
      return finder
        .find(before + blank + behind)
        .filter(({ start, end }) => start < before.length && end > seamEnd)
        .map((hit): TextMatch => ({ ...hit, ...this.wholeWords(offsetOf(hit.start), offsetOf(hit.end), piece) }))
    })
  }

  /** A regex may match a part of a word; the rest of the word must not become a word by what is withheld beside it. */
  private wholeWords(from: number, to: number, piece: SentencePiece): { start: number; end: number } {
    const { held } = this.options
    let [start, end] = [from, to]
    while (start > piece.start && isWithinWord(held.slice(start - 1, start))) start -= 1
    while (end < piece.end && isWithinWord(held.slice(end, end + 1))) end += 1
    return { start, end }
  }
}

/** A letter, something invisible, or half of a character; not a separator or sign. */
function isWithinWord(unit: string): boolean {
  return unit !== '' && (/[\ud800-\udfff]/.test(unit) || foldCodePoint(unit.charCodeAt(0)).gap === gaps.none)
}
