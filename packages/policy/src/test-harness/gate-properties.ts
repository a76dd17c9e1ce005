/** P1 to P4 of runtime-safety 7 as properties of a gate, against the oracle. */
import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { allParts, type GateParts } from '../gate/gate-parts.ts'
import { createGateWithout } from '../gate/output-gate.ts'
import { compileZones } from './compile-zones.ts'
import { findNaively, liveNaively, seam } from './naive-matcher.ts'
import { splitAt } from './random-splits.ts'
import { type GateRun, runGate } from './run-gate.ts'

export interface GateProperty {
  readonly name: string
  readonly property: fc.IRawProperty<unknown, false>
  /** How often the texts of the last run held a match: a property over texts without any would prove nothing. */
  readonly counts: { texts: number; withMatch: number }
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
/** In the second policy, phrases from this place on stop the turn. */
const firstStopping = 4
const line = 'Zzz qqq.'

const policies = {
  redirect: compileZones([zone('first', 'redirect', phrases)]),
  block: compileZones([
    zone('first', 'redirect', phrases.slice(0, firstStopping)),
    zone('second', 'block', phrases.slice(firstStopping)),
  ]),
  /** The lines begin, go on with and complete phrases of others; each is clean by itself. */
  crossing: compileZones([
    zone('first', 'redirect', phrases.slice(0, 2), 'So take'),
    zone('second', 'redirect', phrases.slice(2, 4), 'four hundred'),
    zone('third', 'redirect', phrases.slice(4, 7), 'B o'),
    zone('fourth', 'block', phrases.slice(7), 'hundred a'),
  ]),
} as const

function zone(name: string, action: 'redirect' | 'block', words: readonly (readonly string[])[], said = line) {
  return { name, action, line: said, phrases: words.map((parts) => parts.join(' ')) }
}

const letter = fc.constantFrom(...'abdeflmoshutkrgiq')
const noise = fc.constantFrom(
  ...[' ', ' ', ' ', '.', '-', ', ', '\n', '!', '$', '@', '1', '0', '4', '|', '+', '(', "'", '*'],
  ...['\u200b', '\u200d', '\u00ad', '\u0301', '\u0336', '\u202e', '\ufe0f', '\u{e0061}', '\u{1f525}', '\u00a0'],
  ...['\u200c', '\u2060', '\u034f', '\u3164', '\u1160'],
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
    'do.se',
    'bo**mb',
    'fo-ur',
    'take\u200cfour',
    'four\u00adhun\u2060dred\ufe0fmg',
    'a\u3164b',
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
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))
const utterances = fc.array(text, { minLength: 1, maxLength: 3 })
const cuts = fc.array(fc.nat(200), { maxLength: 12 })
const anyPolicy = fc.constantFrom(policies.redirect, policies.block, policies.crossing)

/**
 * The exact ones are about what is written, because that is what the oracle reads: `parts` without the spoken view. What is
 * heard has properties of its own (spoken-properties.ts).
 */
export function gateProperties(parts: GateParts = allParts): readonly GateProperty[] {
  const makeGate = (policy: CompiledPolicy) =>
    createGateWithout(policy, { ...parts, views: { ...parts.views, spoken: false } })
  const run = (policy: CompiledPolicy, parts: readonly string[], places: readonly number[]): GateRun =>
    runGate(
      makeGate(policy),
      parts.map((part) => splitAt(part, places)),
    )
  return [
    counted(
      'P1 P4: over several utterances, exactly what the oracle lets through leaves',
      utterances,
      (parts, places) => {
        deepEqual([...run(policies.redirect, parts, places).offsets], passing(parts, phrases.length))
      },
    ),
    counted('P1 P4: from a match that stops the turn on, nothing leaves', utterances, (parts, places) => {
      deepEqual([...run(policies.block, parts, places).offsets], passing(parts, firstStopping))
    }),
    counted('P1: in what is heard, lines included, no phrase is found in any view', utterances, (parts, places) => {
      const [heard = ''] = run(policies.redirect, parts.slice(0, 1), places).heard
      for (const words of phrases) deepEqual(findNaively(words, heard), [])
    }),
    counted('P1: nothing is a phrase together with lines, over several utterances', utterances, (parts, places) => {
      deepEqual(phrasesIn(run(policies.crossing, parts, places).heard), [])
    }),
    counted('P3: a line stops nothing unless it is a phrase together with what is beside it', utterances, (parts) => {
      const unjudged = runGate(
        createGateWithout(policies.crossing, {
          ...allParts,
          lines: false,
          views: { ...allParts.views, spoken: false },
        }),
        parts.map((part) => [part]),
      )
      if (phrasesIn(unjudged.heard).length > 0) return
      const { heard, offsets } = run(policies.crossing, parts, [])
      deepEqual([heard, offsets], [unjudged.heard, unjudged.offsets])
    }),
    splitIndependence(run),
    counted(
      'minimal hold: what waits begins at the earliest phrase that the oracle says may still come',
      utterances,
      ([said = '']) => {
        if (hasMatch([said])) return
        const left = makeGate(policies.redirect)
          .push(said)
          .map((step) => (step.kind === 'release' ? step.text : ''))
        const open = Math.min(said.length, ...phrases.flatMap((words) => liveNaively(words, said, 'end')))
        deepEqual(left.join(''), said.slice(0, open))
      },
    ),
    counted('P3: a text without a match comes out unchanged', utterances, (parts, places) => {
      if (hasMatch(parts)) return
      const { released, blocks } = run(policies.block, parts, places)
      deepEqual([released, blocks], [parts, []])
    }),
  ]
}

function counted(
  name: string,
  texts: fc.Arbitrary<string[]>,
  check: (parts: readonly string[], places: readonly number[]) => void,
): GateProperty {
  const counts = { texts: 0, withMatch: 0 }
  const property = fc.property(texts, cuts, (parts, places) => {
    counts.texts += 1
    if (hasMatch(parts)) counts.withMatch += 1
    check(parts, places)
  })
  return { name, property, counts }
}

function splitIndependence(
  run: (policy: CompiledPolicy, parts: readonly string[], places: readonly number[]) => GateRun,
): GateProperty {
  const counts = { texts: 0, withMatch: 0 }
  const property = fc.property(utterances, cuts, cuts, anyPolicy, (parts, one, other, policy) => {
    const [left, right] = [run(policy, parts, one), run(policy, parts, other)]
    counts.texts += 1
    if (left.blocks.length > 0) counts.withMatch += 1
    deepEqual([left.released, left.heard, left.blocks], [right.released, right.heard, right.blocks])
  })
  return { name: 'P2: what leaves and what is decided do not depend on how the text is split', property, counts }
}

/** Every phrase in what was heard, lines and blanks as they were said. */
function phrasesIn(heard: readonly string[]): readonly unknown[] {
  return phrases.flatMap((words) => findNaively(words, heard.join(seam)))
}

function hasMatch(parts: readonly string[]): boolean {
  return phrases.some((words) => findNaively(words, parts.join(seam)).length > 0)
}

function passing(parts: readonly string[], stopFromPhrase: number): readonly number[] {
  const hidden = withheld(parts, stopFromPhrase)
  const offsets = Array.from({ length: parts.join('').length }, (_, offset) => offset)
  return offsets.filter((offset) => !hidden.has(offset))
}

/**
 * What the rules say must be withheld, from the whole text. Phrases from `stopFromPhrase` on stop the turn: from there on,
 * from the beginning of the match or of any phrase that is still open then, nothing leaves.
 */
function withheld(parts: readonly string[], stopFromPhrase: number): ReadonlySet<number> {
  const joined = parts.join(seam)
  const starts = parts.map((_, index) => parts.slice(0, index).join('').length)
  const utteranceStart = (offset: number): number => starts.findLast((start) => start < offset) ?? 0
  const found = phrases.flatMap((words, place) =>
    findNaively(words, joined).map((match) => ({ ...match, stops: place >= stopFromPhrase })),
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
  const open = phrases.flatMap((words) => liveNaively(words, joined, knownAt))
  const from = Math.min(...stopping.map(({ start }) => start), ...open)
  hide(Math.max(from, utteranceStart(last.end)), parts.join('').length)
  return hidden
}
