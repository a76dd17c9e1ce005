/** Phrases of which letters or digits were said one by one, word by word: "bee oh em bee", "five five five". */
import { separator } from '../fold/fold-phrase.ts'
import { nodeFlags, type PhraseAutomaton, rootNode } from '../match/phrase-automaton.ts'
import { ThreadList } from '../match/thread-list.ts'
import { allLanguages } from './spoken-languages.ts'
import { type SpelledReading, walk } from './spoken-tables.ts'
import { excludedShift, spokenBit } from './thread-bits.ts'

export interface SpelledWordRead {
  readonly alternatives: readonly SpelledReading[]
  readonly start: number
  /** Where phrases stood when the word began. */
  readonly from: ThreadList
  /** Gets what is spelled far enough to count. */
  readonly found: ThreadList
}

/** Fewer are words of ordinary talk too often: "oh, are". */
const minSpelled = 3
/** Bits of a thread here: how many letters (up to 3), and whether one of them was no ordinary word. */
const countBits = 3
const tellingBit = 4
const placeBits = countBits | tellingBit | (allLanguages << excludedShift)
const letterW = [0x77]
const halvesOfW = new Set([0x75, 0x76])

export class SpelledThreads {
  private readonly automaton: PhraseAutomaton
  private live = new ThreadList()
  private next = new ThreadList()
  private repeats = 1
  private repeatStart = 0

  constructor(automaton: PhraseAutomaton) {
    this.automaton = automaton
  }

  earliestStart(): number {
    const earliest = this.live.earliestStart()
    return this.repeats > 1 ? Math.min(earliest, this.repeatStart) : earliest
  }

  /** The same of those that can go on with one of these symbols. */
  earliestGoingOn(symbols: ReadonlySet<number>): number {
    const { live, automaton } = this
    let earliest = this.repeats > 1 ? Math.min(this.repeatStart, live.earliestStart()) : Number.POSITIVE_INFINITY
    for (let index = 0; index < live.count; index += 1) {
      const node = live.nodes[index] ?? 0
      const behind = automaton.step(node, separator)
      for (const symbol of symbols) {
        if (symbol >= 0 && automaton.step(node, symbol) === 0 && (behind === 0 || automaton.step(behind, symbol) === 0))
          continue
        earliest = Math.min(earliest, live.starts[index] ?? 0)
        break
      }
    }
    return earliest
  }

  /** Whether digits that are being read may be the beginning of something spelled. */
  mayBegin(digits: string): boolean {
    return this.automaton.step(rootNode, digits.codePointAt(0) ?? 0) !== 0
  }

  /** "double": the next letter is said so often. */
  repeat(times: number, start: number): void {
    this.repeats = times
    this.repeatStart = start
  }

  clear(): void {
    this.live.count = 0
    this.repeats = 1
  }

  keepStartsWithin(from: number, to: number): void {
    this.live.keepStartsWithin(from, to)
    if (this.repeatStart < from || this.repeatStart >= to) this.repeats = 1
  }

  copyFrom(other: SpelledThreads): void {
    this.live.copyFrom(other.live)
    this.repeats = other.repeats
    this.repeatStart = other.repeatStart
  }

  read({ alternatives, start, from, found }: SpelledWordRead): void {
    const { live, next, automaton } = this
    next.begin()
    const all = this.repeats === 1 ? alternatives : alternatives.flatMap((one) => this.repeated(one))
    const begun = this.repeats === 1 ? start : this.repeatStart
    this.repeats = 1
    for (const alternative of all) {
      for (let index = 0; index < live.count; index += 1) {
        const node = live.nodes[index] ?? 0
        const [place, state] = [live.starts[index] ?? 0, live.states[index] ?? 0]
        this.step(alternative, node, place, state)
        const behind = automaton.step(node, separator)
        if (behind !== 0) this.step(alternative, behind, place, state)
      }
      for (let index = 0; index < from.count; index += 1) {
        const behind = automaton.step(from.nodes[index] ?? 0, separator)
        const excluded = (from.states[index] ?? 0) & (allLanguages << excludedShift)
        if (behind !== 0) this.step(alternative, behind, from.starts[index] ?? 0, excluded)
      }
      this.step(alternative, rootNode, begun, 0)
    }
    this.live = next
    this.next = live
    this.hand(found)
  }

  private repeated(reading: SpelledReading): readonly SpelledReading[] {
    const symbols = Array.from({ length: this.repeats }, () => reading.symbols).flat()
    const isDoubleU = this.repeats === 2 && halvesOfW.has(reading.symbols[0] ?? 0)
    return [
      { ...reading, symbols, isOrdinary: false },
      ...(isDoubleU ? [{ ...reading, symbols: letterW, isOrdinary: false }] : []),
    ]
  }

  private step(reading: SpelledReading, from: number, start: number, before: number): void {
    const excluded = ((before >> excludedShift) & allLanguages) | reading.excluded
    if (excluded === allLanguages) return
    const node = walk(this.automaton, from, reading.symbols)
    if (node === 0) return
    const count = Math.min(minSpelled, (before & countBits) + reading.symbols.length)
    const telling = reading.isOrdinary ? before & tellingBit : tellingBit
    this.next.merge(node, start, count | telling | (excluded << excludedShift), placeBits)
  }

  /** What is spelled far enough goes on as any other phrase, too. */
  private hand(found: ThreadList): void {
    const { live } = this
    for (let index = 0; index < live.count; index += 1) {
      const state = live.states[index] ?? 0
      if ((state & countBits) < minSpelled || (state & tellingBit) === 0) continue
      const excluded = state & (allLanguages << excludedShift)
      found.push(live.nodes[index] ?? 0, live.starts[index] ?? 0, spokenBit | excluded)
    }
    this.dropComplete()
  }

  /** Of what cannot go on, nothing has to wait. */
  private dropComplete(): void {
    this.live.keep(
      (node) => ((this.automaton.flags[node] ?? 0) & (nodeFlags.separatorNext | nodeFlags.letterNext)) !== 0,
    )
  }
}
