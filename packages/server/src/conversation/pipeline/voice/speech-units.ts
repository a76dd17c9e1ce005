import type { Cleared } from '../../../kernel/cleared.ts'
import { ClearedBuffer } from '../../cleared-buffer.ts'

/** A clause that is shorter says too little to begin with: the voice would stop after one word. */
const minClauseCharacters = 12
/** About 20 s of speech. What has no end by then is list, code or noise, and must not keep a person waiting. */
const maxUnitCharacters = 300

/**
 * Cuts what an agent says into what a voice says in one breath: a clause to begin with, so that it begins early, then
 * sentences. The units, put together, are what was said, to the letter.
 */
export class SpeechUnits {
  readonly #waiting = new ClearedBuffer()
  #isFirst = true

  /** The units that are whole now. A sentence is whole when what follows its end has begun. */
  push(text: Cleared): readonly Cleared[] {
    this.#waiting.push(text)
    const units: Cleared[] = []
    for (;;) {
      const length = unitLength(this.#waiting.text, this.#isFirst)
      if (length === undefined) return units
      units.push(this.#take(length))
    }
  }

  /** Nothing follows for now: what waits is a unit. Blanks alone wait for the words behind them. */
  flush(): readonly Cleared[] {
    const rest = this.#waiting.text.trim() === '' ? [] : [this.#take(this.#waiting.text.length)]
    this.#isFirst = true
    return rest
  }

  #take(length: number): Cleared {
    this.#isFirst = false
    return this.#waiting.take(length)
  }
}

/** Ends that need no blank behind them, and ends that do. Quotes and brackets that close belong to what they close. */
const fullStops = /[。！？｡]+[」』”’"')\]]*(?=[^。！？｡」』”’"')\]])|[.!?…؟۔।]+["'”’»)\]]*(?=\s)|\n/g
const clauseEnds = /[，、；：]|[,;:—–](?=\s)|\s-(?=\s)/g

/** Whatever comes in one piece, no more than this is looked through for the end of the first unit. */
const maxLookedAt = 2 * maxUnitCharacters

/** How long the first unit in `whole` is; undefined while it may go on. */
function unitLength(whole: string, isFirst: boolean): number | undefined {
  const text = whole.slice(0, maxLookedAt)
  const ends = [sentenceEnd(text), isFirst ? clauseEnd(text) : undefined].filter((end) => end !== undefined)
  const end = ends.length === 0 ? undefined : Math.min(...ends)
  if (end !== undefined && end <= maxUnitCharacters) return end
  return text.length > maxUnitCharacters ? forcedEnd(text) : undefined
}

function sentenceEnd(text: string): number | undefined {
  for (const { 0: stop, index } of text.matchAll(fullStops)) {
    const before = text.slice(0, index)
    const end = index + stop.length
    if (!/[\p{L}\p{N}]/u.test(before)) continue
    if (!stop.startsWith('.') || stop.startsWith('..')) return end
    const goesOn = abbreviation(before, text.slice(end))
    if (goesOn === undefined) return undefined
    if (!goesOn) return end
  }
  return undefined
}

/** A title, or a word within a sentence, is always followed by more of it. */
const neverLast =
  /(?<![\p{L}\p{N}])(dr|mr|mrs|ms|prof|sr|jr|st|no|nr|vs|e\.g|i\.e|z\.b|d\.h|cf|approx|ca|bzw|fig|\p{L})$/iu
/** These end a sentence as well as not: the next word tells. */
const maybeLast = /(?<![\p{L}\p{N}])(a\.m|p\.m|etc|inc|ltd|co|usw|u\.s)$/iu

/** Whether the full stop behind `before` belongs to a short form; undefined while what follows could still tell. */
function abbreviation(before: string, after: string): boolean | undefined {
  // The number of an item in a list.
  if (/^\s*\d{1,3}$/.test(before)) return true
  if (maybeLast.test(before)) {
    const next = /\S/.exec(after)?.[0]
    return next === undefined ? undefined : !/\p{Lu}/u.test(next)
  }
  return neverLast.test(before)
}

function clauseEnd(text: string): number | undefined {
  for (const { 0: mark, index } of text.matchAll(clauseEnds)) {
    const end = index + mark.length
    if (text.slice(0, index).trim().length >= minClauseCharacters) return end
  }
  return undefined
}

/** The last blank that fits, else as much as fits without tearing a character apart. */
function forcedEnd(text: string): number {
  const head = text.slice(0, maxUnitCharacters)
  const blank = head.search(/\s\S*$/u)
  if (blank > 0 && /\S/.test(head.slice(0, blank))) return blank + 1
  const last = characters.segment(text).containing(maxUnitCharacters)
  return last === undefined || last.index === 0 ? maxUnitCharacters : last.index
}

const characters = new Intl.Segmenter('und', { granularity: 'grapheme' })
