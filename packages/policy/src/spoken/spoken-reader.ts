/**
 * Threat: a forbidden phrase is not written but heard: "bravo oscar mike bravo", "200 mg" for "two hundred milligrams",
 * "bee oh em bee", "five five five one two three" for 555 123.
 * Rule: numbers, signs, units and names of letters are read as a voice says them, beside what is written. A reading is
 * walked from every place at which a phrase stood when its word began, so that it joins with all disguises of the words
 * around it. What has begun, and what a word that is not over may still become, is open, and waits.
 * On failure: more readings than can be followed are an error, as for all threads (thread-list.ts).
 *
 * Words are letters as names only in a run of at least three, with one among them that is no ordinary word (letter-names.ts).
 * A reading belongs to languages; what is read in several at once, in none of them, is no reading.
 */
import { type FoldedCodePoint, gaps } from '../fold/fold-code-point.ts'
import { separator } from '../fold/fold-phrase.ts'
import { nodeFlags, type PhraseAutomaton, rootNode } from '../match/phrase-automaton.ts'
import { ThreadList } from '../match/thread-list.ts'
import { digitsOf } from './digits-of.ts'
import { isOrdinalEnding, maxNumberCharacters } from './number-readings.ts'
import { currencySigns } from './sign-words.ts'
import { SpelledThreads } from './spelled-threads.ts'
import { allLanguages } from './spoken-languages.ts'
import {
  anySymbol,
  mayBeginWithNumber,
  mayGoOnWithNumber,
  numberReadings,
  ordinalReadings,
  type Reading,
  type SpelledReading,
  type SpokenWord,
  signReadings,
  spokenPrefixes,
  spokenWords,
  walk,
} from './spoken-tables.ts'
import { excludedShift, spokenBit } from './thread-bits.ts'

export type ReportSpoken = (node: number, start: number, end: number, state: number) => void

const withinNumber = new Set([..."'.,:-/\u2019"].map((sign) => sign.codePointAt(0)))
const fullStop = 0x2e
/** A word of the tables has at most as many letters. */
const nowhere = -1

export class SpokenReader {
  /** What `before` and `after` found: places in phrases at which the text stands now, too. */
  readonly found = new ThreadList()
  private readonly automaton: PhraseAutomaton
  private readonly report: ReportSpoken
  private readonly spelled: SpelledThreads
  /** Where phrases stood when the present word, number or sign began. */
  private wordFrom = new ThreadList()
  private numberFrom = new ThreadList()
  private signFrom = new ThreadList()
  private readonly spelledFound = new ThreadList()
  private wordStart = nowhere
  private word = ''
  private isOnTable = false
  private numberStart = nowhere
  private numberEnd = 0
  private number = ''
  private numberMayBegin = false
  private pending = ''
  private currency = ''
  private currencyAt = nowhere
  /** Letters follow directly behind the number: only with them it is known what it is. */
  private isSuffixed = false
  private behindNumber = false
  /** The last code point was a letter or digit. */
  private isWithinToken = false
  /** Digits or letters stand directly before it: a way to write ("b4", "4u"), not to speak. */
  private isGlued = false
  private sign = 0
  private signStart = nowhere
  private isSignFree = false

  constructor(automaton: PhraseAutomaton, report: ReportSpoken) {
    this.automaton = automaton
    this.report = report
    this.spelled = new SpelledThreads(automaton)
  }

  /** What is complete before this code point. True when `found` holds something. */
  before(folded: FoldedCodePoint, at: number): boolean {
    const { letters, gap } = folded
    if (letters.length === 0 && gap === gaps.none) return false
    const isLetter = letters.length > 0 && gap === gaps.none
    const digit = isLetter ? digitsOf(letters) : ''
    if (this.isPlain(isLetter, digit)) return this.readPlainLetter(folded)
    this.found.begin()
    if (this.sign === fullStop && this.signStart !== nowhere) this.endFullStop(isLetter, at)
    if (this.numberStart !== nowhere && !this.isSuffixed && !this.goesOnNumber(digit, folded.character, at))
      this.leaveNumber(isLetter && digit === '')
    if (this.wordStart !== nowhere && (!isLetter || digit !== '')) this.endWord(at, digit !== '')
    return this.found.count > 0
  }

  /** Begins the word, number or sign that this code point begins. `live` holds what was found, and not yet this one. */
  begin(folded: FoldedCodePoint, at: number, live: ThreadList): void {
    const { letters, gap, character } = folded
    if (letters.length === 0 && gap === gaps.none) return
    if (letters.length > 0 && gap === gaps.none) {
      const digit = digitsOf(letters)
      const isGlued = this.isWithinToken
      this.isWithinToken = true
      if (digit !== '') {
        if (this.numberStart === nowhere) this.isGlued = isGlued
        if (this.numberStart === nowhere) this.beginNumber(digit, at, live)
        this.numberEnd = at + 1
      } else if (this.wordStart === nowhere) {
        this.isGlued = isGlued && !this.isSuffixed
        this.beginWord(folded, at, live)
      }
      this.signStart = nowhere
      return
    }
    const isBehindToken = this.isWithinToken
    this.isWithinToken = false
    if (gap === gaps.space) {
      /** "€ 50" is said as "€50" is, but in "5€ 50" the sign is the other number's. */
      if (this.signStart !== this.currencyAt || !this.isSignFree) this.signStart = nowhere
      return
    }
    this.isSignFree = !isBehindToken
    this.beginSign(character, at, live)
  }

  /** A sign is read out at once, behind what it separates. True when `found` holds something. */
  after(at: number): boolean {
    if (this.signStart !== at || this.sign === fullStop) return false
    this.found.begin()
    this.readSign(this.sign, at + 1)
    return this.found.count > 0
  }

  /** Where the first phrase began that something open may still go on with, or Infinity. */
  earliestStart(): number {
    const named = this.wordStart === nowhere ? undefined : spokenPrefixes.get(this.word)
    let earliest = named === undefined ? this.spelled.earliestStart() : this.spelled.earliestGoingOn(named)
    if (this.wordStart !== nowhere && (this.isOnTable || this.isSuffixed)) {
      earliest = Math.min(earliest, this.wordFrom.earliestStart())
      if (this.isOnTable && this.mayBeginPhrase()) earliest = Math.min(earliest, this.wordStart)
    }
    if (this.numberStart !== nowhere && !this.isGlued) {
      earliest = Math.min(earliest, this.numberFrom.earliestStart())
      if (this.numberMayBegin) earliest = Math.min(earliest, this.numberStart)
      if (this.spelled.mayBegin(this.number)) earliest = Math.min(earliest, this.numberStart)
    }
    if (this.signStart !== nowhere) {
      if (this.sign === fullStop) earliest = Math.min(earliest, this.signFrom.earliestStart())
      if (this.currencyAt !== nowhere) {
        earliest = Math.min(earliest, this.signFrom.earliestStart())
        if (mayBeginWithNumber(this.automaton)) earliest = Math.min(earliest, this.currencyAt)
      }
    }
    return earliest
  }

  /** The utterance is over: its last word was complete. A sign of currency is heard with the number that the next one begins with. */
  endUtterance(): void {
    const { currencyAt, signStart, isSignFree } = this
    this.forgetOpen()
    if (signStart === currencyAt && isSignFree) Object.assign(this, { currencyAt, signStart })
  }

  reset(): void {
    this.spelled.clear()
    this.forgetOpen()
  }

  keepStartsWithin(from: number, to: number): void {
    this.spelled.keepStartsWithin(from, to)
    this.wordFrom.keepStartsWithin(from, to)
    this.numberFrom.keepStartsWithin(from, to)
    this.signFrom.keepStartsWithin(from, to)
  }

  copyFrom(other: SpokenReader): void {
    this.spelled.copyFrom(other.spelled)
    this.wordFrom.copyFrom(other.wordFrom)
    this.numberFrom.copyFrom(other.numberFrom)
    this.signFrom.copyFrom(other.signFrom)
    const { wordStart, word, isOnTable, numberStart, numberEnd, number, numberMayBegin, pending } = other
    const { currency, currencyAt, isSuffixed, behindNumber, sign, signStart, isGlued, isWithinToken } = other
    Object.assign(this, { wordStart, word, isOnTable, numberStart, numberEnd, number, numberMayBegin, pending })
    Object.assign(this, { currency, currencyAt, isSuffixed, behindNumber, sign, signStart, isGlued, isWithinToken })
    this.isSignFree = other.isSignFree
  }

  /** Whether a phrase may begin with what the present word may still name. */
  private mayBeginPhrase(): boolean {
    for (const symbol of spokenPrefixes.get(this.word) ?? [])
      if (symbol === anySymbol || this.automaton.step(rootNode, symbol) !== 0) return true
    return false
  }

  private forgetOpen(): void {
    this.wordStart = nowhere
    this.numberStart = nowhere
    this.signStart = nowhere
    this.currencyAt = nowhere
    this.isSuffixed = false
    this.behindNumber = false
    this.isWithinToken = false
    this.pending = ''
    this.number = ''
  }

  /** Within a word nothing is decided. */
  private isPlain(isLetter: boolean, digit: string): boolean {
    return isLetter && digit === '' && this.wordStart !== nowhere
  }

  private readPlainLetter({ letters }: FoldedCodePoint): boolean {
    if (!this.isOnTable && !this.isSuffixed) return false
    for (const { readings } of letters) this.word += String.fromCodePoint(readings[0] ?? 0)
    this.isOnTable = spokenPrefixes.has(this.word)
    if (!this.isOnTable) this.spelled.clear()
    if (this.word.length > maxNumberCharacters) this.isSuffixed = false
    return false
  }

  private beginWord({ letters }: FoldedCodePoint, at: number, live: ThreadList): void {
    this.wordStart = at
    this.word = letters.map(({ readings }) => String.fromCodePoint(readings[0] ?? 0)).join('')
    this.isOnTable = spokenPrefixes.has(this.word)
    if (!this.isOnTable) this.spelled.clear()
    this.wordFrom.copyFrom(live, this.automaton, nodeFlags.separatorNext)
  }

  private endWord(at: number, isBeforeDigit: boolean): void {
    const { word, wordStart } = this
    const isGlued = this.isGlued || isBeforeDigit
    const entry = this.isOnTable ? spokenWords.get(word) : undefined
    this.wordStart = nowhere
    if (this.isSuffixed) this.endSuffixed(word, entry, at)
    else if (entry !== undefined && !isGlued) {
      this.readFrom(this.wordFrom, entry.unit, wordStart, at)
      if (this.behindNumber) this.readFrom(this.wordFrom, entry.unitBehindNumber, nowhere, at)
    }
    if (entry !== undefined && entry.repeats > 1) this.spelled.repeat(entry.repeats, wordStart)
    else if (isGlued || entry === undefined || entry.spelled.length === 0) this.spelled.clear()
    else this.readSpelled(entry.spelled, wordStart, at)
    this.behindNumber = false
  }

  private beginNumber(digit: string, at: number, live: ThreadList): void {
    const hasCurrency = this.currencyAt !== nowhere && this.signStart === this.currencyAt
    const from = hasCurrency ? this.signFrom : live
    this.numberFrom.copyFrom(from, this.automaton, nodeFlags.separatorNext)
    this.numberFrom.keep((node) => mayGoOnWithNumber(this.automaton, this.automaton.step(node, separator)))
    this.currency = hasCurrency ? String.fromCodePoint(this.sign) : ''
    this.numberStart = hasCurrency ? this.currencyAt : at
    this.currencyAt = nowhere
    this.number = digit
    this.pending = ''
    this.isSuffixed = false
    this.numberMayBegin = mayBeginWithNumber(this.automaton)
    this.wordFrom.copyFrom(live, this.automaton, nodeFlags.separatorNext)
  }

  private goesOnNumber(digit: string, character: number, at: number): boolean {
    if (digit !== '') {
      this.number += this.pending + digit
      this.pending = ''
      this.numberEnd = at + 1
      return true
    }
    if (this.pending !== '' || !withinNumber.has(character)) return false
    this.pending = character === 0x2019 ? "'" : String.fromCodePoint(character)
    return true
  }

  private leaveNumber(isBeforeLetter: boolean): void {
    if (isBeforeLetter && this.pending === '' && this.number.length <= maxNumberCharacters) {
      this.isSuffixed = !this.isGlued
      if (!this.isSuffixed) this.numberStart = nowhere
      return
    }
    if (this.isGlued) this.spelled.clear()
    else {
      this.spellNumber()
      this.readNumber()
    }
    this.numberStart = nowhere
    this.behindNumber = this.pending === ''
  }

  /** The digits as if they were said one by one, among spelled letters. */
  private spellNumber(): void {
    const digits = this.number.replaceAll(/\D/g, '')
    const symbols = [...digits].map((digit) => digit.codePointAt(0) ?? 0)
    const alternatives = [{ symbols, excluded: 0, isOrdinary: false }]
    this.readSpelled(alternatives, this.numberStart, this.numberEnd)
  }

  private readNumber(): void {
    const { number, numberStart, numberFrom } = this
    if (number.length > maxNumberCharacters || (!this.numberMayBegin && numberFrom.count === 0)) return
    const start = this.numberMayBegin ? numberStart : nowhere
    this.readFrom(numberFrom, numberReadings(number, this.currency), start, this.numberEnd)
  }

  /** "200mg", "2nd": the number and what stands behind it are known together. */
  private endSuffixed(word: string, entry: SpokenWord | undefined, at: number): void {
    const { number, numberStart, numberFrom } = this
    this.isSuffixed = false
    this.spelled.clear()
    const start = this.numberMayBegin ? numberStart : nowhere
    if (isOrdinalEnding(word)) this.readFrom(numberFrom, ordinalReadings(number, word), start, at)
    else {
      const outer = this.found
      const count = outer.count
      this.readNumber()
      const behind = new ThreadList()
      behind.takeTail(outer, count)
      const literal = [{ symbols: [...word].map((letter) => letter.codePointAt(0) ?? 0), excluded: 0 }]
      this.readFrom(behind, literal, nowhere, at)
      if (entry !== undefined) {
        this.readFrom(behind, entry.unit, nowhere, at)
        this.readFrom(behind, entry.unitBehindNumber, nowhere, at)
        /** Also "take 200mg" where the phrase has the number as it is written. */
        this.readFrom(this.wordFrom, entry.unit, nowhere, at)
      }
    }
    this.numberStart = nowhere
  }

  private beginSign(character: number, at: number, live: ThreadList): void {
    this.behindNumber = false
    this.currencyAt = nowhere
    this.signStart = nowhere
    if (!signReadings.has(character)) return
    this.sign = character
    this.signStart = at
    this.signFrom.copyFrom(live, this.automaton, nodeFlags.separatorNext)
    if (currencySigns.has(String.fromCodePoint(character))) this.currencyAt = at
  }

  /** A full stop is a word only within a name: "example.com". */
  private endFullStop(isBeforeLetter: boolean, at: number): void {
    if (isBeforeLetter) this.readSign(fullStop, at)
    this.signStart = nowhere
  }

  private readSign(sign: number, end: number): void {
    const start = sign === fullStop ? nowhere : this.signStart
    this.readFrom(this.signFrom, signReadings.get(sign) ?? [], start, end)
  }

  private readSpelled(alternatives: readonly SpelledReading[], start: number, end: number): void {
    const { spelled, spelledFound } = this
    spelledFound.begin()
    spelled.read({ alternatives, start, from: this.wordFrom, found: spelledFound })
    for (let index = 0; index < spelledFound.count; index += 1) {
      const place = spelledFound.starts[index] ?? 0
      this.find(spelledFound.nodes[index] ?? 0, place, end, spelledFound.states[index] ?? 0)
    }
  }

  /** Walks the readings from all these places, and from where a phrase begins unless `start` is nowhere. */
  private readFrom(from: ThreadList, readings: readonly Reading[], start: number, end: number): void {
    if (readings.length === 0) return
    const { automaton } = this
    for (let index = 0; index < from.count; index += 1) {
      const behind = automaton.step(from.nodes[index] ?? 0, separator)
      if (behind === 0) continue
      const state = from.states[index] ?? 0
      for (const reading of readings)
        this.readOne({ reading, from: behind, start: from.starts[index] ?? 0, state, end })
    }
    if (start === nowhere) return
    for (const reading of readings) this.readOne({ reading, from: rootNode, start, state: 0, end })
  }

  private readOne({ reading, from, start, state, end }: ReadingAt): void {
    const excluded = ((state >> excludedShift) & allLanguages) | reading.excluded
    if (excluded === allLanguages) return
    const node = walk(this.automaton, from, reading.symbols)
    if (node !== 0) this.find(node, start, end, spokenBit | (excluded << excludedShift))
  }

  /** What is read so is a whole word: complete where it ends, and no letter behind it belongs to it. */
  private find(node: number, start: number, end: number, state: number): void {
    const flag = this.automaton.flags[node] ?? 0
    if ((flag & nodeFlags.terminal) !== 0) this.report(node, start, end, state)
    if ((flag & nodeFlags.separatorNext) !== 0) this.found.push(node, start, state | gaps.space)
  }
}

interface ReadingAt {
  readonly reading: Reading
  /** The place in the automaton that it is walked from. */
  readonly from: number
  readonly start: number
  readonly state: number
  readonly end: number
}
