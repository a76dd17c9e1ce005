/** P1 to P5 of runtime-safety 7 against the oracle. More runs: PROVE_RUNS=20000; another seed: PROVE_SEED. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOutputGate } from './output-gate.ts'
import { compileZones } from './test-harness/compile-zones.ts'
import { findNaively, liveNaively, type NaiveMatch, seam } from './test-harness/naive-matcher.ts'
import { splitAt } from './test-harness/random-splits.ts'
import { runGate } from './test-harness/run-gate.ts'

const settings = {
  numRuns: Number(process.env['PROVE_RUNS'] ?? 2000),
  seed: Number(process.env['PROVE_SEED'] ?? 20_261_122),
}

/** Words that contain, begin and continue each other, so that prefixes, overlaps and boundaries all occur. */
const phrases = [
  ['dose'],
  ['take', 'four'],
  ['four', 'hundred', 'mg'],
  ['ass'],
  ['a', 'b'],
  ['lil'],
  ['bomb'],
  ['o', 'dose'],
  /** How "four hundred mg" is also found: a long phrase without its blanks. */
  ['fourhundredmg'],
] as const
const line = 'Zzz qqq.'
const policies = {
  redirect: compileZones([zone('redirect', phrases)]),
  block: compileZones([zone('redirect', phrases.slice(0, 4)), { ...zone('block', phrases.slice(4)), name: 'second' }]),
} as const

function zone(action: 'redirect' | 'block', words: readonly (readonly string[])[]) {
  return { name: 'first', action, line, phrases: words.map((parts) => parts.join(' ')) }
}

const letter = fc.constantFrom(...'abdeflmoshutkrgiq')
const noise = fc.constantFrom(
  ...[' ', ' ', ' ', '.', '-', ', ', '\n', '!', '$', '@', '1', '0', '4', '|', '+', '(', "'", '*'],
  ...['\u200b', '\u200d', '\u00ad', '\u0301', '\u0336', '\u202e', '\ufe0f', '\u{e0061}', '\u{1f525}', '\u00a0'],
)
const disguised = fc.constantFrom(
  ...[
    'd\u043ese',
    'DOSE',
    'd0s3',
    'd.o.s.e',
    'd o s e',
    '\uff44\uff4f\uff53\uff45',
    '\u{1d41d}ose',
    'do\u0336se',
    'b\u03bfmb',
  ],
  ...[
    'take',
    'four',
    'hundred',
    'mg',
    'f0ur',
    't a k e',
    'a$$',
    '@ss',
    '455',
    'class',
    'assess',
    'l1l',
    'l!l',
    'b-o-m-b',
    'bo',
    'mb',
  ],
)
const phrase = fc.constantFrom(...phrases.map((words) => words.join(' ')))
const text = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: noise },
      { weight: 4, arbitrary: letter },
      { weight: 3, arbitrary: disguised },
      { weight: 2, arbitrary: phrase },
    ),
    {
      maxLength: 14,
    },
  )
  .map((parts) => parts.join(''))
const utterances = fc.array(text, { minLength: 1, maxLength: 3 })
const cuts = fc.array(fc.nat(200), { maxLength: 12 })

function matchesOf(words: readonly string[], parts: readonly string[]): readonly NaiveMatch[] {
  return findNaively(words, parts.join(seam))
}

/**
 * What the rules say must be withheld, from the whole text. Phrases from `stopFromPhrase` on stop the turn: from there on,
 * from the beginning of the match or of any phrase that is still open then, nothing leaves.
 */
function withheld(parts: readonly string[], stopFromPhrase: number): ReadonlySet<number> {
  const whole = parts.join('')
  const starts = parts.map((_, index) => parts.slice(0, index).join('').length)
  const utteranceStart = (offset: number): number => starts.findLast((start) => start < offset) ?? 0
  const found = phrases.flatMap((words, place) =>
    matchesOf(words, parts).map((match) => ({ ...match, stops: place >= stopFromPhrase })),
  )
  const stops = found.filter((match) => match.stops)
  const knownAt = Math.min(...stops.map((match) => match.knownAt))
  const hidden = new Set<number>()
  const hide = (from: number, until: number): void => {
    for (let offset = from; offset < until; offset += 1) hidden.add(offset)
  }
  for (const match of found) {
    if (match.knownAt <= knownAt) hide(Math.max(match.start, utteranceStart(match.end)), match.end)
  }
  const stopping = stops.filter((match) => match.knownAt === knownAt)
  const [last] = stopping
  if (last === undefined) return hidden
  const open = phrases.flatMap((words) => liveNaively(words, parts.join(seam), knownAt))
  hide(Math.max(Math.min(...stopping.map(({ start }) => start), ...open), utteranceStart(last.end)), whole.length)
  return hidden
}

describe('the output gate', () => {
  it('P4 P1: releases exactly what the oracle lets through, over any split and several utterances', () => {
    fc.assert(
      fc.property(utterances, cuts, (parts, places) => {
        const run = runGate(
          createOutputGate(policies.redirect),
          parts.map((part) => splitAt(part, places)),
        )
        const hidden = withheld(parts, phrases.length)
        const expected =
          [...parts.join('')].length === 0 ? [] : offsetsOf(parts).filter((offset) => !hidden.has(offset))
        expect([...run.offsets]).toEqual(expected)
      }),
      settings,
    )
  })

  it('P4 P1: a rule that stops the turn lets nothing leave from its match on', () => {
    fc.assert(
      fc.property(utterances, cuts, (parts, places) => {
        const run = runGate(
          createOutputGate(policies.block),
          parts.map((part) => splitAt(part, places)),
        )
        const hidden = withheld(parts, 4)
        expect([...run.offsets]).toEqual(offsetsOf(parts).filter((offset) => !hidden.has(offset)))
      }),
      settings,
    )
  })

  it('P1: in what is heard, lines included, no phrase can be found in any view', () => {
    fc.assert(
      fc.property(text, cuts, (whole, places) => {
        const run = runGate(createOutputGate(policies.redirect), [splitAt(whole, places)])
        for (const words of phrases) expect(findNaively(words, run.heard.join(''))).toEqual([])
      }),
      settings,
    )
  })

  it('P2: what leaves and what is decided do not depend on how the text is split', () => {
    fc.assert(
      fc.property(
        utterances,
        cuts,
        cuts,
        fc.constantFrom(policies.redirect, policies.block),
        (parts, one, other, policy) => {
          const left = runGate(
            createOutputGate(policy),
            parts.map((part) => splitAt(part, one)),
          )
          const right = runGate(
            createOutputGate(policy),
            parts.map((part) => splitAt(part, other)),
          )
          expect(left.released).toEqual(right.released)
          expect(left.blocks).toEqual(right.blocks)
        },
      ),
      settings,
    )
  })

  it('P3: a text without a match comes out unchanged', () => {
    fc.assert(
      fc.property(utterances, cuts, (parts, places) => {
        fc.pre(phrases.every((words) => matchesOf(words, parts).length === 0))
        const run = runGate(
          createOutputGate(policies.block),
          parts.map((part) => splitAt(part, places)),
        )
        expect(run.released).toEqual(parts)
        expect(run.blocks).toEqual([])
      }),
      settings,
    )
  })
})

function offsetsOf(parts: readonly string[]): readonly number[] {
  return Array.from({ length: parts.join('').length }, (_, offset) => offset)
}
