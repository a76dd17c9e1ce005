/** Zones that hold the sentence, against an oracle that cuts the whole text into sentences with one native regex. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileZones } from '../test-harness/compile-zones.ts'
import { findNaively } from '../test-harness/naive-matcher.ts'
import { splitAt } from '../test-harness/random-splits.ts'
import { type GateRun, runGate } from '../test-harness/run-gate.ts'
import { createOutputGate } from './output-gate.ts'

const settings = {
  numRuns: Number(process.env['PROVE_RUNS'] ?? 2000),
  seed: Number(process.env['PROVE_SEED'] ?? 20_261_122),
}

const phrases = [['dose'], ['take', 'four']] as const
const line = 'Zzz qqq.'
const zone = { phrases: phrases.map((words) => words.join(' ')), line }
const pieces = fc.constantFrom(
  ...['dose', 'd0se', 'take', 'four', 'fine', 'well', 'Mr.', '3.5', '40 mg', '9mg', 'do', 'se', '(so)'],
  ...[' ', ' ', ' ', '. ', '! ', '?" ', '.', '\n', '\u2026 ', ', ', '.) ', ' \u200b'],
)
/** Sentences of one to several windows. */
const long = fc.constantFrom('fine word '.repeat(31), 'so, '.repeat(80), 'dose '.repeat(70), 'word'.repeat(90))
const longText = fc.array(fc.oneof({ weight: 5, arbitrary: pieces }, { weight: 1, arbitrary: long }), { maxLength: 24 })
const text = fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join(''))
const anyText = fc.oneof(
  text,
  longText.map((parts) => parts.join('').slice(0, 4000)),
)
const cuts = fc.array(fc.nat(200), { maxLength: 10 })

interface Sentence {
  readonly start: number
  readonly end: number
}

function sentencesOf(whole: string): readonly Sentence[] {
  const visible = /[^\s\u200b][^]*?(?=(?<=[.!?\u2026][.!?\u2026)"\u200b]*)\s|(?<=\n(?:[^\S\n]|\u200b)*)\n|$(?![^]))/gu
  return [...whole.matchAll(visible)].map((match) => ({ start: match.index, end: match.index + match[0].length }))
}

function without(whole: string, hidden: readonly Sentence[]): string {
  const isHidden = (offset: number): boolean => hidden.some(({ start, end }) => offset >= start && offset < end)
  return whole
    .split('')
    .filter((_, offset) => !isHidden(offset))
    .join('')
}

/** What of the source was let go of; what is said has blanks around lines besides. */
function leftOf({ offsets }: GateRun, whole: string): string {
  return whole
    .split('')
    .filter((_, offset) => offsets.has(offset))
    .join('')
}

/** From the beginning of the sentence in which the match begins to the end of the one in which it ends. */
function hiddenSentences(whole: string): readonly Sentence[] {
  const all = sentencesOf(whole)
  return phrases
    .flatMap((words) => findNaively(words, whole))
    .map(({ start, end }) => ({
      start: all.findLast((sentence) => sentence.start <= start)?.start ?? start,
      end: all.find((sentence) => sentence.end >= end)?.end ?? end,
    }))
}

/** Number words are numbers to a regex, which is read on the sentence as it is heard, too; the oracle reads what is written. */
const withoutNumberWords = anyText.map((whole) => whole.replaceAll(/four/gi, 'for'))

describe('zones that hold the sentence', () => {
  it.each(['four40 mg', 'Take two hundred mg now.', 'zwei hundert mg'])('P1: hear the amount in %s', (whole) => {
    const policy = compileZones([{ name: 'amounts', regexes: ['\\b\\d+ ?mg\\b'], action: 'redirect', line }])
    expect(leftOf(runGate(createOutputGate(policy), [[whole]]), whole)).not.toMatch(/mg/)
  })

  it('P1 P4: withhold the sentences of their matches, and nothing else, over any split', () => {
    const policy = compileZones([{ ...zone, name: 'sentence', action: 'redirect', scope: 'sentence' }])
    fc.assert(
      fc.property(anyText, cuts, (whole, places) => {
        const run = runGate(createOutputGate(policy), [splitAt(whole, places)])
        expect(leftOf(run, whole)).toBe(without(whole, hiddenSentences(whole)))
      }),
      settings,
    )
  })

  it('P1 P4: withhold every regex match, and nothing else, over any split', () => {
    const policy = compileZones([{ name: 'amounts', regexes: ['\\b\\d+ ?mg\\b'], action: 'redirect', line }])
    fc.assert(
      fc.property(withoutNumberWords, cuts, (whole, places) => {
        const run = runGate(createOutputGate(policy), [splitAt(whole, places)])
        const native = /(?<![a-z0-9_])\d+ ?mg(?![a-z0-9_])/gi
        const hidden = [...whole.replaceAll('\u200b', '').matchAll(native)]
        const expected = without(
          whole.replaceAll('\u200b', ''),
          hidden.map((match) => ({ start: match.index, end: match.index + match[0].length })),
        )
        expect(leftOf(run, whole).replaceAll('\u200b', '')).toBe(expected)
      }),
      settings,
    )
  })

  it('P2: decide the same over any split, whatever their scope and action', () => {
    const policies = (['match', 'sentence', 'turn'] as const).flatMap((scope) =>
      (['redirect', 'block', 'end'] as const).map((action) =>
        compileZones([
          { ...zone, name: 'words', action, scope, unless: ['dose fine'] },
          {
            name: 'amounts',
            regexes: ['\\d+ ?mg'],
            action: 'redirect',
            line,
            strikes: { hits: 2, turns: 1, action: 'escalate' },
          },
        ]),
      ),
    )
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 2 }),
        cuts,
        cuts,
        fc.constantFrom(...policies),
        (parts, one, other, policy) => {
          const [left, right] = [one, other].map((places) =>
            runGate(
              createOutputGate(policy),
              parts.map((part) => splitAt(part, places)),
            ),
          )
          expect([left?.released, left?.heard, left?.blocks]).toEqual([right?.released, right?.heard, right?.blocks])
        },
      ),
      settings,
    )
  })

  it('P7: a zone more never lets more leave', () => {
    const zones = [
      { ...zone, name: 'words', action: 'redirect' as const, scope: 'sentence' as const },
      { name: 'amounts', regexes: ['\\d+ ?mg'], action: 'redirect' as const, line },
      { ...zone, name: 'more', phrases: ['fine', 'well mr'], action: 'block' as const },
    ]
    const policies = zones.map((_, index) => compileZones(zones.slice(0, index + 1)))
    fc.assert(
      fc.property(text, (whole) => {
        const left = policies.map((policy) => runGate(createOutputGate(policy), [[whole]]).offsets)
        for (const [index, offsets] of left.entries())
          expect([...offsets].filter((offset) => left[index - 1]?.has(offset) === false)).toEqual([])
      }),
      settings,
    )
  })
})
