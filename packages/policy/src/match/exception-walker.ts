/**
 * Threat: an exception is put together from what nobody reads as one: "I say no. Dose ...", "<no> dose".
 * Rule: an exception stands within one sentence and outside of markup. Behind a title or one letter, a full
 * stop ends no sentence.
 * On failure: an exception that is not read as one is none; the match counts.
 */
import { type FoldedCodePoint, gaps } from '../fold/fold-code-point.ts'
import type { PhraseAutomaton } from './phrase-automaton.ts'
import { type PhraseHit, PhraseWalker, plainView } from './phrase-walker.ts'

const sentenceEnds = new Set([...'.?!\u3002'].map((sign) => sign.codePointAt(0)))
const markupSigns = new Set([...'<>'].map((sign) => sign.codePointAt(0)))
const fullStop = 0x2e
const titles = new Set('dr mr mrs ms st prof jr sr sra mme mlle hr fr nr vs'.split(' '))
/** Longer than each of them. */
const kept = 6

export class ExceptionWalker {
  private readonly walker: PhraseWalker
  /** The beginning of the word that is being read, and whether a sentence has ended behind it. */
  private word = ''
  private isEnded = false

  constructor(exceptions: PhraseAutomaton) {
    this.walker = new PhraseWalker(exceptions, plainView)
  }

  get hits(): PhraseHit[] {
    return this.walker.hits
  }

  feed(folded: FoldedCodePoint, at: number): void {
    this.walker.feed(folded, at)
    const { gap, character, letters } = folded
    if (gap === gaps.none) {
      for (const { readings } of letters)
        if (this.word.length < kept) this.word += String.fromCodePoint(readings[0] ?? 0)
      if (letters.length > 0) this.isEnded = false
      return
    }
    if (sentenceEnds.has(character)) this.isEnded = character !== fullStop || !this.isShort()
    if (markupSigns.has(character) || (gap === gaps.space && this.isEnded)) this.forgetBegun()
    if (gap === gaps.space) this.isEnded = false
    this.word = ''
  }

  endUtterance(at: number): void {
    this.walker.endUtterance(at)
    if (this.isEnded) this.forgetBegun()
    this.isEnded = false
    this.word = ''
  }

  earliestStart(): number {
    return this.walker.earliestStart()
  }

  keepStartsWithin(from: number, to: number): void {
    this.walker.keepStartsWithin(from, to)
  }

  reset(): void {
    this.walker.reset()
    this.word = ''
    this.isEnded = false
  }

  private isShort(): boolean {
    return this.word.length === 1 || titles.has(this.word)
  }

  private forgetBegun(): void {
    this.walker.keepStartsWithin(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  }
}
