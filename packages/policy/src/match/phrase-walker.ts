/**
 * Threat: a forbidden phrase passes because it is written apart, dotted, in leet, or cut over two utterances.
 * Rule: every reading of the text is followed at once. A thread is a place in the automaton, where its phrase began, and
 * what stands since its last letter; it dies when no phrase can come of it. What begins at a live thread may not leave.
 * On failure: an error when more threads live than can be followed in time (thread-list.ts); never a text unread.
 *
 * How a gap of the text is read between two letters of a phrase:
 *
 * | gap         | within a word                                         | between two words |
 * | none        | yes                                                   | no                |
 * | soft        | yes                                                   | yes               |
 * | punctuation | yes ("bo.mb")                                         | yes               |
 * | space       | only when both its neighbours are single ("b o m b")  | yes               |
 *
 * Something invisible ("buy\u200cshares") is no gap; but over one that joins, the boundary between two words is passed too.
 *
 * A digit or sign is followed as itself, as the letters that it may stand for, and, a sign, as a separator. So the views
 * combine: "b . 0 . m . b" is dotted, spelled and leet. A sign as a letter has soft gaps on both sides.
 */
import type { MatchView } from '@hyponema/contract'
import {
  type FoldedCodePoint,
  type FoldedLetter,
  foldCodePoint,
  type Gap,
  gaps,
  zeroWidthSpace,
} from '../fold/fold-code-point.ts'
import { separator } from '../fold/fold-phrase.ts'
import { allLanguages } from '../spoken/spoken-languages.ts'
import { SpokenReader } from '../spoken/spoken-reader.ts'
import { excludedShift, spokenBit } from '../spoken/thread-bits.ts'
import { nodeFlags, type PhraseAutomaton, rootNode } from './phrase-automaton.ts'
import { ThreadList } from './thread-list.ts'

export interface PhraseHit {
  readonly owner: number
  /** Offset of the first letter. */
  readonly start: number
  /** Offset behind the last letter and the invisible characters that follow it. */
  readonly end: number
  readonly view: MatchView
}

/** Which readings are followed. Only tests switch one off, and exceptions, which are taken plainly. */
export interface WalkerViews {
  readonly plain: boolean
  readonly inWord: boolean
  readonly letters: boolean
  readonly leet: boolean
  readonly spoken: boolean
  readonly boundary: boolean
}

export const allViews: WalkerViews = {
  plain: true,
  inWord: true,
  letters: true,
  leet: true,
  spoken: true,
  boundary: true,
}
export const plainView: WalkerViews = { ...allViews, inWord: false, letters: false, leet: false, spoken: false }

/** Bits of a thread's state: the gap since its last letter (2), then these. */
const gapBits = 3
/** The token that the last letter stands in has had one letter so far. */
const singleBit = 4
/** The last letter was joined over white space: a second letter in its token ends the thread. */
const mustStaySingleBit = 8
const inWordBit = 16
const lettersBit = 32
const leetBit = 64
const placeBits = gapBits | singleBit | mustStaySingleBit | (allLanguages << excludedShift)
/** What a thread keeps over a letter. */
const seenBits = inWordBit | lettersBit | leetBit | spokenBit | (allLanguages << excludedShift)

const utteranceEnd = foldCodePoint(zeroWidthSpace)

/** Readings of one place are reported within a few characters; looking further would take a text of hits quadratic time. */
const maxLookedBack = 64

export class PhraseWalker {
  /** Phrases that are complete up to a known word boundary, since the caller last emptied it. */
  readonly hits: PhraseHit[] = []
  private readonly automaton: PhraseAutomaton
  private readonly views: WalkerViews
  private readonly spoken: SpokenReader | null
  private live = new ThreadList()
  private next = new ThreadList()
  /** A phrase may begin here. */
  private mayStart = true
  private afterLetter = false
  private afterUnspaced = false

  constructor(automaton: PhraseAutomaton, views: WalkerViews) {
    this.automaton = automaton
    this.views = views
    this.spoken = views.spoken
      ? new SpokenReader(automaton, (node, start, end, state) => this.report(node, start, end, state))
      : null
  }

  /** Reads one code point that stands at `at`. */
  feed(folded: FoldedCodePoint, at: number): void {
    const { spoken } = this
    if (spoken === null) {
      this.readCodePoint(folded, at)
      return
    }
    if (spoken.before(folded, at)) this.join(spoken.found)
    spoken.begin(folded, at, this.live)
    this.readCodePoint(folded, at)
    if (spoken.after(at)) this.join(spoken.found)
  }

  private readCodePoint(folded: FoldedCodePoint, at: number): void {
    if (folded.letters.length === 0) {
      if (folded.gap !== gaps.none) this.readGap(folded.gap, at)
      else if (folded.joins && this.live.count > 0) this.readJoiner()
      return
    }
    if (folded.gap !== gaps.none) {
      const sign = folded.letters[0]
      if (sign !== undefined) this.readSign(sign, folded.gap, at)
      return
    }
    if (this.afterLetter && !folded.continues && (folded.unspaced || this.afterUnspaced)) this.readGap(gaps.soft, at)
    for (const letter of folded.letters) this.readLetter(letter, at)
    this.afterUnspaced = folded.unspaced || folded.continues
  }

  /** The utterance is over: its last word is complete, and what follows may go on with it or begin anew. */
  endUtterance(at: number): void {
    const { spoken } = this
    if (spoken?.before(utteranceEnd, at) === true) this.join(spoken.found)
    spoken?.endUtterance()
    this.readGap(gaps.soft, at)
  }

  /** Where the first live phrase began, or Infinity. */
  earliestStart(): number {
    const earliest = this.live.earliestStart()
    return this.spoken === null ? earliest : Math.min(earliest, this.spoken.earliestStart())
  }

  /** Forgets every phrase that has begun; a new one may begin. */
  reset(): void {
    this.live.count = 0
    this.spoken?.reset()
    this.hits.length = 0
    this.mayStart = true
    this.afterLetter = false
    this.afterUnspaced = false
  }

  /** Forgets the phrases that began outside [from, to). */
  keepStartsWithin(from: number, to: number): void {
    this.live.keepStartsWithin(from, to)
    this.spoken?.keepStartsWithin(from, to)
  }

  /** Stands where another walker of the same phrases stands. */
  copyFrom(other: PhraseWalker): void {
    this.live.copyFrom(other.live)
    this.mayStart = other.mayStart
    this.afterLetter = other.afterLetter
    this.afterUnspaced = other.afterUnspaced
    if (this.spoken !== null && other.spoken !== null) this.spoken.copyFrom(other.spoken)
  }

  /** What was found in another reading of the text goes on as any other phrase. */
  private join(found: ThreadList): void {
    const { live, next } = this
    next.begin()
    for (const list of [live, found]) {
      for (let index = 0; index < list.count; index += 1)
        next.merge(list.nodes[index] ?? 0, list.starts[index] ?? 0, list.states[index] ?? 0, placeBits)
    }
    this.swap()
  }

  private readLetter(letter: FoldedLetter, at: number): void {
    this.next.begin()
    this.stepAll(letter)
    if (this.mayStart) this.startAll(letter, at)
    this.swap()
    this.mayStart = !this.views.boundary
    this.afterLetter = true
  }

  /**
   * A sign is a separator and, in the leet view, a letter too: both are followed. As a letter it is never surely within a
   * word, so a word may begin or end on either side of it ("x@ss", "as$dose"): withholding one word must not make another.
   */
  private readSign(sign: FoldedLetter, gap: Gap, at: number): void {
    if (this.afterLetter) this.readGap(gaps.soft, at)
    this.next.begin()
    this.stepAll(sign)
    this.startAll(sign, at)
    this.gapAll(gap, at)
    this.swap()
    this.mayStart = true
    this.afterLetter = true
    this.afterUnspaced = true
  }

  private readGap(gap: Gap, at: number): void {
    this.mayStart = true
    this.afterLetter = false
    this.next.begin()
    if (this.live.count === 0) return
    this.gapAll(gap, at)
    this.swap()
  }

  /** Each phrase that may have a boundary here goes on behind it too. An exception is read plainly, and does not. */
  private readJoiner(): void {
    const { count, nodes, starts, states } = this.live
    if (!this.views.inWord || !this.mayJoin()) return
    this.next.begin()
    for (let index = 0; index < count; index += 1) {
      const node = nodes[index] ?? 0
      const start = starts[index] ?? 0
      const state = states[index] ?? 0
      this.next.merge(node, start, state, placeBits)
      if ((state & gapBits) !== gaps.none) continue
      const behind = this.automaton.step(node, separator)
      if (behind !== 0) this.next.merge(behind, start, (state & ~mustStaySingleBit) | gaps.soft, placeBits)
    }
    this.swap()
  }

  private mayJoin(): boolean {
    const { count, nodes, states } = this.live
    const { flags } = this.automaton
    for (let index = 0; index < count; index += 1) {
      const isInWord = ((states[index] ?? 0) & gapBits) === gaps.none
      if (isInWord && ((flags[nodes[index] ?? 0] ?? 0) & nodeFlags.separatorNext) !== 0) return true
    }
    return false
  }

  private swap(): void {
    const { live, next } = this
    this.live = next
    this.next = live
  }

  private readingCount(letter: FoldedLetter): number {
    return this.views.leet ? letter.readings.length : letter.plainCount
  }

  private startAll(letter: FoldedLetter, at: number): void {
    const count = this.readingCount(letter)
    for (let index = 0; index < count; index += 1) {
      const node = this.automaton.step(rootNode, letter.readings[index] ?? 0)
      if (node !== 0) this.add(node, at, singleBit | (index < letter.plainCount ? 0 : leetBit))
    }
  }

  private stepAll(letter: FoldedLetter): void {
    const { count, nodes, starts, states } = this.live
    if (count === 0) return
    const readings = this.readingCount(letter)
    for (let reading = 0; reading < readings; reading += 1) {
      const symbol = letter.readings[reading] ?? 0
      const leet = reading < letter.plainCount ? 0 : leetBit
      for (let index = 0; index < count; index += 1) {
        this.stepThread(nodes[index] ?? 0, starts[index] ?? 0, states[index] ?? 0, symbol, leet)
      }
    }
  }

  private stepThread(node: number, start: number, state: number, symbol: number, leet: number): void {
    const { automaton, views } = this
    const gap = state & gapBits
    const seen = (state & seenBits) | leet
    if (gap === gaps.none) {
      if ((state & mustStaySingleBit) !== 0) return
      const within = automaton.step(node, symbol)
      if (within !== 0) this.add(within, start, seen)
      return
    }
    const within = automaton.step(node, symbol)
    if (within !== 0) {
      if (gap === gaps.soft) this.add(within, start, seen | singleBit)
      else if (gap === gaps.punctuation && views.inWord) this.add(within, start, seen | singleBit | inWordBit)
      else if (views.letters && (state & singleBit) !== 0) {
        const single = gap === gaps.space ? mustStaySingleBit : 0
        this.add(within, start, seen | singleBit | lettersBit | single)
      }
    }
    const behind = automaton.step(node, separator)
    if (behind === 0) return
    const between = automaton.step(behind, symbol)
    if (between !== 0) this.add(between, start, seen | singleBit)
  }

  /** Reports what is complete, widens each thread's gap, and lets die what cannot go on over it. */
  private gapAll(gap: Gap, at: number): void {
    const { count, nodes, starts, states } = this.live
    const { flags } = this.automaton
    for (let index = 0; index < count; index += 1) {
      const node = nodes[index] ?? 0
      const start = starts[index] ?? 0
      const state = states[index] ?? 0
      const before = state & gapBits
      const flag = flags[node] ?? 0
      if (before === gaps.none && (flag & nodeFlags.terminal) !== 0) this.report(node, start, at, state)
      const wider = before > gap ? before : gap
      const overSpace =
        (flag & nodeFlags.separatorNext) !== 0 || ((state & singleBit) !== 0 && (flag & nodeFlags.letterNext) !== 0)
      const goesOn = wider === gaps.space ? overSpace : (flag & (nodeFlags.separatorNext | nodeFlags.letterNext)) !== 0
      if (goesOn) this.add(node, start, (state & ~(gapBits | mustStaySingleBit)) | wider)
    }
  }

  private add(node: number, start: number, state: number): void {
    const flag = this.automaton.flags[node] ?? 0
    if (!this.views.boundary && (state & gapBits) === gaps.none && (flag & nodeFlags.terminal) !== 0) {
      this.report(node, start, start + 1, state)
    }
    this.next.merge(node, start, state, placeBits)
  }

  private report(node: number, start: number, end: number, state: number): void {
    const read = allLanguages & ~(state >> excludedShift)
    for (const { owner, languages, isSpoken } of this.automaton.endingsAt(node)) {
      if ((languages & read) === 0 || (isSpoken && this.spoken === null)) continue
      const view = isSpoken ? 'spoken' : viewOf(state)
      if (view !== 'plain' || this.views.plain) this.note({ owner, start, end, view })
    }
  }

  /** Found in several readings at once, it is reported once, and as it is written when it is written so. */
  private note(hit: PhraseHit): void {
    for (let place = this.hits.length - 1; place >= Math.max(0, this.hits.length - maxLookedBack); place -= 1) {
      const known = this.hits[place]
      if (known?.owner !== hit.owner || known.start !== hit.start || known.end !== hit.end) continue
      if (known.view === 'spoken') this.hits[place] = hit
      return
    }
    this.hits.push(hit)
  }
}

function viewOf(state: number): MatchView {
  if ((state & spokenBit) !== 0) return 'spoken'
  if ((state & leetBit) !== 0) return 'leet'
  if ((state & lettersBit) !== 0) return 'letters'
  return (state & inWordBit) !== 0 ? 'in_word' : 'plain'
}
