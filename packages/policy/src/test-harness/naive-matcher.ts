/**
 * The oracle of the gate: whole text, plain recursion over every reading from every place, no automaton, no threads, no
 * stream. It shares with the engine only the two tables of data (look-alikes and leet), and is written from runtime-safety 3
 * and the table in phrase-walker.ts, not from its code. Exponential; for short texts only.
 */
import { confusableLetters } from '../fold/confusable-letters.ts'
import { leetReadings } from '../fold/leet-readings.ts'

/** One character of the text: its letters (each with its readings), or what it separates, or, for a sign, both. */
interface Glyph {
  readonly at: number
  readonly letters: readonly (readonly number[])[]
  readonly gap: 'none' | 'soft' | 'punctuation' | 'space'
  /** Invisible: nothing, or the boundary between two words of a phrase; no word begins or ends here. */
  readonly joins?: true
}

export interface NaiveMatch {
  readonly start: number
  readonly end: number
  /** The number of the character, seams counted, by which the match is known to be complete. */
  readonly knownAt: number
}

/** Marks the seam between two utterances in the text that is given to the oracle. */
export const seam = '\uf8ff'

/** Every match of the phrase (its words, in canonical letters) in the text; a seam has no width. */
export function findNaively(words: readonly string[], text: string): readonly NaiveMatch[] {
  return readFromAll(words, text, -1).flatMap(({ start, glyphs, ends }) =>
    [...ends].map((knownAt) => ({ start, end: glyphs[knownAt]?.at ?? 0, knownAt })),
  )
}

/**
 * Where the phrase has begun, and may still be completed, or wait for its boundary, by what comes behind the character with
 * this number, or behind the whole text.
 */
export function liveNaively(words: readonly string[], text: string, behind: number | 'end'): readonly number[] {
  return readFromAll(words, text, behind === 'end' ? toGlyphs(text).length - 2 : behind).flatMap(({ start, isLive }) =>
    isLive ? [start] : [],
  )
}

interface Reading {
  readonly start: number
  readonly glyphs: readonly Glyph[]
  readonly ends: ReadonlySet<number>
  readonly isLive: boolean
}

function readFromAll(words: readonly string[], text: string, behind: number): readonly Reading[] {
  const glyphs = toGlyphs(text)
  const symbols = words.flatMap((word, index) => (index === 0 ? [...word] : [' ', ...word]))
  return glyphs.flatMap((glyph, first) => {
    if (glyph.letters.length === 0 || !mayBegin(glyphs, first)) return []
    return [{ start: glyph.at, glyphs, ...readFrom(glyphs, first, symbols, behind) }]
  })
}

function readFrom(
  glyphs: readonly Glyph[],
  first: number,
  symbols: readonly string[],
  behind: number,
): Pick<Reading, 'ends' | 'isLive'> {
  const ends = new Set<number>()
  let isLive = false
  /** From glyph `index` on, with `matched` symbols behind us; `gap` since the last letter, letters in its token. */
  const walk = (
    index: number,
    matched: number,
    gap: Glyph['gap'],
    inToken: number,
    tokenMustStaySingle: boolean,
  ): void => {
    const glyph = glyphs[index]
    if (index === behind + 1 && matched > 0) {
      isLive ||= matched === symbols.length || gap !== 'space' || inToken === 1 || symbols[matched] === ' '
    }
    if (glyph === undefined) return
    if (glyph.joins) {
      walk(index + 1, matched, gap, inToken, tokenMustStaySingle)
      if (gap === 'none' && symbols[matched] === ' ') walk(index + 1, matched + 1, 'soft', inToken, false)
      return
    }
    const isSign = glyph.gap !== 'none' && glyph.letters.length > 0
    if (matched === symbols.length) {
      /** Behind a sign that was read as a letter a word may end, whatever follows. */
      if (glyph.gap !== 'none' || gap !== 'none') ends.add(index)
      return
    }
    if (glyph.gap !== 'none' && matched > 0)
      walk(index + 1, matched, wider(gap, glyph.gap), inToken, tokenMustStaySingle)
    if (glyph.letters.length === 0) return
    const [readings = []] = glyph.letters
    if (glyph.letters.length > 1) throw new RangeError('the oracle knows no ligatures')
    const before = isSign && matched > 0 ? wider(gap, 'soft') : gap
    const after = isSign ? 'soft' : 'none'
    for (const [next, skipped] of continuations(symbols, matched, before)) {
      if (!readings.includes(next.codePointAt(0) ?? 0)) continue
      const joinsSpace = before === 'space' && !skipped
      if (before === 'none' && matched > 0) {
        if (!tokenMustStaySingle) walk(index + 1, matched + 1, after, inToken + 1, false)
      } else if (!joinsSpace || inToken === 1) {
        walk(index + 1, matched + (skipped ? 2 : 1), after, 1, joinsSpace)
      }
    }
  }
  walk(first, 0, 'none', 0, false)
  return { ends, isLive }
}

/** The symbols that may come next over this gap, and whether a word boundary of the phrase is passed. */
function continuations(
  symbols: readonly string[],
  matched: number,
  gap: Glyph['gap'],
): readonly (readonly [string, boolean])[] {
  const next = symbols[matched] ?? ''
  if (next !== ' ') return [[next, false]]
  return gap === 'none' ? [] : [[symbols[matched + 1] ?? '', true]]
}

function wider(left: Glyph['gap'], right: Glyph['gap']): Glyph['gap'] {
  const order = ['none', 'soft', 'punctuation', 'space'] as const
  return order.indexOf(left) > order.indexOf(right) ? left : right
}

/** A word may begin here: behind anything that separates, and at a sign. */
function mayBegin(glyphs: readonly Glyph[], index: number): boolean {
  const before = glyphs.slice(0, index).findLast(({ joins }) => !joins)
  return before === undefined || before.gap !== 'none' || glyphs[index]?.gap !== 'none'
}

function toGlyphs(text: string): readonly Glyph[] {
  const glyphs: Glyph[] = []
  let at = 0
  for (const character of text) {
    if (character === seam) glyphs.push({ at, letters: [], gap: 'soft' })
    else {
      const glyph = toGlyph(character, at)
      if (glyph !== null) glyphs.push(glyph)
      at += character.length
    }
  }
  glyphs.push({ at, letters: [], gap: 'soft' })
  return glyphs
}

function toGlyph(character: string, at: number): Glyph | null {
  if (/[\u200b\u115f\u1160\u180e\u3164\uffa0]|(?!\s)\p{Cc}/u.test(character)) return { at, letters: [], gap: 'soft' }
  if (/\s/u.test(character)) return { at, letters: [], gap: 'space' }
  if (/[\p{Default_Ignorable_Code_Point}\p{Cf}]/u.test(character)) return { at, letters: [], gap: 'none', joins: true }
  if (/[\p{M}\p{C}]/u.test(character)) return null
  const plain = character.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const letters = [...plain].filter((part) => /[\p{L}\p{N}]/u.test(part)).map((part) => readingsOf(part))
  if (letters.length > 0) return { at, letters, gap: 'none' }
  const code = plain.codePointAt(0) ?? 0
  if (!leetReadings.has(code)) return { at, letters: [], gap: 'punctuation' }
  return { at, letters: [[code, ...(leetReadings.get(code) ?? [])]], gap: 'punctuation' }
}

function readingsOf(letter: string): readonly number[] {
  const code = letter.codePointAt(0) ?? 0
  const plain = confusableLetters.get(code) ?? [code]
  return plain.flatMap((reading) => [reading, ...(leetReadings.get(reading) ?? [])])
}
