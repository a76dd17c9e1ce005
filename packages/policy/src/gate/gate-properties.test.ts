/** More runs: PROVE_RUNS=20000; another seed: PROVE_SEED. The same properties as a report: test-harness/prove-gate.ts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { allViews } from '../match/phrase-walker.ts'
import { adversaryProperty } from '../test-harness/adversary-property.ts'
import { gateProperties } from '../test-harness/gate-properties.ts'
import { spokenProperties } from '../test-harness/spoken-properties.ts'
import { allParts, type GateParts } from './gate-parts.ts'
import { type CarriedState, createGateWithout, createOutputGate } from './output-gate.ts'

const settings = {
  numRuns: Number(process.env['PROVE_RUNS'] ?? 1000),
  seed: Number(process.env['PROVE_SEED'] ?? 20_261_122),
}

describe('the output gate', () => {
  it.each([...gateProperties(), ...spokenProperties(createOutputGate), adversaryProperty(createOutputGate)])(
    '$name',
    ({ property, counts }) => {
      fc.assert(property, settings)
      expect(counts.withMatch / counts.texts).toBeGreaterThan(0.2)
    },
  )
})

describe('the properties go red without', () => {
  const without: readonly (readonly [string, GateParts])[] = [
    ['the boundary check', { ...allParts, views: { ...allViews, boundary: false } }],
    ['the in-word view', { ...allParts, views: { ...allViews, inWord: false } }],
    ['the letters view', { ...allParts, views: { ...allViews, letters: false } }],
    ['the leet view', { ...allParts, views: { ...allViews, leet: false } }],
    ['the spoken view', { ...allParts, views: { ...allViews, spoken: false } }],
    ['the flush at the end', { ...allParts, endFlush: false }],
    ['the carried state', { ...allParts, carriedState: false }],
    ['the reading over lines', { ...allParts, lines: false }],
    ['what was heard of a sentence', { ...allParts, sentenceContext: false }],
  ]

  it.each(without)('%s', (_, parts) => {
    const makeGate = (policy: CompiledPolicy, carried?: CarriedState) => createGateWithout(policy, parts, carried)
    const properties = [...gateProperties(parts), ...spokenProperties(makeGate), adversaryProperty(makeGate)]
    const failed = properties.filter(({ property }) => fc.check(property, { ...settings, numRuns: 2000 }).failed)
    expect(failed.length).toBeGreaterThan(0)
  })
})
