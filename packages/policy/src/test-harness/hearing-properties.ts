/** P4 and the minimal hold of runtime-safety 3 and 7 for what is heard, in each language, against the oracle of hearing. */
import { deepEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { allParts, type GateParts } from '../gate/gate-parts.ts'
import { createGateWithout, type OutputGate } from '../gate/output-gate.ts'
import { compileZones } from './compile-zones.ts'
import type { GateProperty } from './gate-properties.ts'
import { type HeardPhrase, hearAll, heardPhrases, hearOpen } from './hearing-oracle.ts'
import { splitAt } from './random-splits.ts'
import { runGate } from './run-gate.ts'

const policies = new Map(heardPhrases.map((heard) => [heard, compileFor(heard)]))

function compileFor({ phrase, language }: HeardPhrase): CompiledPolicy {
  return compileZones([
    { name: 'heard', action: 'redirect', line: 'Zzz qqq.', phrases: [phrase], languages: [language] },
  ])
}

/** Parts of the ways of the phrase, whole ways, and words that are no part of any. */
function textOf({ ways }: HeardPhrase): fc.Arbitrary<string> {
  const words = [...new Set(ways.flatMap((way) => way.split(' ')))]
  const part = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...words) },
    { weight: 2, arbitrary: fc.constantFrom(...ways) },
    { weight: 1, arbitrary: fc.constantFrom('qq', 'xx', 'zzq', '7', '31') },
    /** Another word, which begins with the last one of the phrase. */
    { weight: 1, arbitrary: fc.constantFrom(...ways.filter((way) => /[a-z]$/.test(way)).map((way) => `${way}zz`)) },
  )
  const written = fc
    .tuple(part, fc.boolean())
    .map(([word, isUpper]) => (isUpper ? word.slice(0, 1).toUpperCase() + word.slice(1) : word))
  return fc
    .array(fc.tuple(written, fc.constantFrom(' ', ' ', ' ', '  ', ', ', '\n', '! ')), { minLength: 1, maxLength: 9 })
    .chain((pairs) => {
      const text = pairs.flat().join('')
      return fc.constantFrom(text, text.replace(/[\s,!]+$/, ''))
    })
}

const heardIn = fc
  .constantFrom(...heardPhrases)
  .chain((heard) => fc.record({ heard: fc.constant(heard), text: textOf(heard) }))
const cuts = fc.array(fc.nat(90), { maxLength: 8 })

/** Without the leet view, in which a digit is a letter as well ("two 2ero"): the oracle hears, and does not read so. */
export function hearingProperties(parts: GateParts = allParts): readonly GateProperty[] {
  const gateFor = (heard: HeardPhrase): OutputGate => {
    const policy = policies.get(heard)
    ok(policy !== undefined)
    return createGateWithout(policy, { ...parts, views: { ...parts.views, leet: false } })
  }
  const counts = { texts: 0, withMatch: 0 }
  const held = { texts: 0, withMatch: 0 }
  const exact = fc.property(heardIn, cuts, fc.nat(90), ({ heard, text }, places, seam) => {
    /** Two utterances, or one where the seam is the end: of a match over both, the head was heard. */
    const behindWords = [...text.matchAll(/\s(?=\S|$)/gu)].map(({ index }) => index + 1)
    const parted = behindWords[seam % behindWords.length] ?? text.length
    const utterances = [text.slice(0, parted), text.slice(parted)].filter((part) => part !== '')
    const found = hearAll(heard, text)
    counts.texts += 1
    if (found.length > 0) counts.withMatch += 1
    const hidden = new Set(
      found.flatMap(({ start, end }) => offsets(end > parted ? Math.max(start, parted) : start, end)),
    )
    const { offsets: left } = runGate(
      gateFor(heard),
      utterances.map((part) => splitAt(part, places)),
    )
    deepEqual(
      [...left],
      offsets(0, text.length).filter((offset) => !hidden.has(offset)),
    )
  })
  const hold = fc.property(heardIn, fc.nat(90), ({ heard, text }, place) => {
    const said = text.slice(0, (place % text.length) + 1)
    if (hearAll(heard, said).length > 0) return
    held.texts += 1
    const released = gateFor(heard)
      .push(said)
      .map((step) => (step.kind === 'release' ? step.text : ''))
      .join('').length
    const open = Math.min(said.length, ...hearOpen(heard, said))
    if (open < said.length) held.withMatch += 1
    /** Of a word or number that is not over it may be unknown what it is, and what waited before it waits; behind one nothing is unknown. */
    const before = said.replace(/[\p{L}\p{N}$\u20ac@.,%]*$/u, '')
    const openBefore = Math.min(before.length, ...hearOpen(heard, before))
    ok(released <= open, `released ${released} of ${JSON.stringify(said)}, and ${open} is open`)
    ok(released >= Math.min(open, openBefore), `held ${released} of ${JSON.stringify(said)}, not ${open}`)
  })
  return [
    {
      name: 'P1 P4: of what is heard, exactly what the oracle of hearing lets through leaves',
      property: exact,
      counts,
    },
    {
      name: 'minimal hold: nothing waits that the oracle of hearing says cannot become the phrase',
      property: hold,
      counts: held,
    },
  ]
}

function offsets(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index)
}
