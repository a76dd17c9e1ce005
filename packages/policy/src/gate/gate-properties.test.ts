/** More runs: PROVE_RUNS=20000; another seed: PROVE_SEED. The same properties as a report: test-harness/prove-gate.ts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { allViews } from '../match/phrase-walker.ts'
import { adversaryProperty } from '../test-harness/adversary-property.ts'
import { type GateProperty, gateProperties } from '../test-harness/gate-properties.ts'
import { hearingProperties } from '../test-harness/hearing-properties.ts'
import { ordinaryProperty } from '../test-harness/ordinary-properties.ts'
import { spokenProperties } from '../test-harness/spoken-properties.ts'
import { allParts, type GateParts } from './gate-parts.ts'
import { type CarriedState, createGateWithout, createOutputGate } from './output-gate.ts'

const settings = {
  numRuns: Number(process.env['PROVE_RUNS'] ?? 1000),
  seed: Number(process.env['PROVE_SEED'] ?? 20_261_122),
}

function allProperties(parts: GateParts, makeGate: typeof createOutputGate): readonly GateProperty[] {
  return [
    ...gateProperties(parts),
    ...hearingProperties(parts),
    ...spokenProperties(makeGate),
    ordinaryProperty(parts),
    adversaryProperty(makeGate),
  ]
}

describe('the output gate', () => {
  it.each(allProperties(allParts, createOutputGate))('$name', ({ property, counts }) => {
    fc.assert(property, settings)
    expect(counts.withMatch / counts.texts).toBeGreaterThan(0.2)
  })
})

describe('goes red', () => {
  const exact = 'P1 P4: over several utterances, exactly what the oracle lets through leaves'
  const heardAsOne = 'P1 P2: whatever the policy, what is heard holds no match, and no split changes it'
  const heardTheSame = 'P1 P2: what is said in other words, but heard the same, does not leave, in any split'
  const heardExactly = 'P1 P4: of what is heard, exactly what the oracle of hearing lets through leaves'
  const heardHold = 'minimal hold: nothing waits that the oracle of hearing says cannot become the phrase'
  const ordinary = 'P3: ordinary talk in four languages comes out unchanged, whatever is heard in it'
  const unchanged = 'P3: a text without a match comes out unchanged'
  const withLines = 'P1: nothing is a phrase together with lines, over several utterances'
  const without: readonly (readonly [part: string, property: string, parts: GateParts])[] = [
    ['the boundary check', exact, { ...allParts, views: { ...allViews, boundary: false } }],
    ['the boundary check', unchanged, { ...allParts, views: { ...allViews, boundary: false } }],
    ['the plain view', exact, { ...allParts, views: { ...allViews, plain: false } }],
    ['the in-word view', exact, { ...allParts, views: { ...allViews, inWord: false } }],
    ['the letters view', exact, { ...allParts, views: { ...allViews, letters: false } }],
    ['the leet view', exact, { ...allParts, views: { ...allViews, leet: false } }],
    ['the spoken view', heardTheSame, { ...allParts, views: { ...allViews, spoken: false } }],
    ['the spoken view', heardExactly, { ...allParts, views: { ...allViews, spoken: false } }],
    ['the spoken view', heardHold, { ...allParts, views: { ...allViews, spoken: false } }],
    ['the boundary check', heardExactly, { ...allParts, views: { ...allViews, boundary: false } }],
    ['the boundary check', ordinary, { ...allParts, views: { ...allViews, boundary: false } }],
    ['the flush at the end', heardExactly, { ...allParts, endFlush: false }],
    ['the flush at the end', exact, { ...allParts, endFlush: false }],
    ['the carried state', heardAsOne, { ...allParts, carriedState: false }],
    ['the reading over lines', withLines, { ...allParts, lines: false }],
    ['what was heard of a sentence', heardAsOne, { ...allParts, sentenceContext: false }],
  ]

  it.each(without)('without %s: %s', (_, broken, parts) => {
    const makeGate = (policy: CompiledPolicy, carried?: CarriedState) => createGateWithout(policy, parts, carried)
    const property = allProperties(parts, makeGate).find(({ name }) => name === broken)?.property
    expect(property === undefined ? null : fc.check(property, { ...settings, endOnFailure: true }).failed).toBe(true)
  })
})
