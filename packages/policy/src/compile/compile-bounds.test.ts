/** Compiling stands in the way of everybody who talks through the same process, so a document that would take seconds is refused. */
import { policyDocumentSchema, policyLimits } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { testIdentity } from '../test-harness/compile-zones.ts'
import { compilePolicy } from './compile-policy.ts'

const zone = (index: number, change: object) => ({
  name: `zone-${index}`,
  action: 'redirect',
  line: 'Let us go on.',
  ...change,
})
const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index))

function messagesOf(zones: readonly object[]): readonly string[] {
  const document = policyDocumentSchema.parse({ no_go_zones: zones })
  const result = compilePolicy({ layers: [{ layer: 'agent', document }], identity: testIdentity })
  return result.ok ? [] : result.diagnostics.map(({ message }) => message)
}

describe('a policy does not compile', () => {
  it('whose phrases have more letters than may be held, as they are written or as they are said', () => {
    const long = many(5, (index) => `${'word '.repeat(38)}${index}`)
    expect(messagesOf([zone(0, { phrases: long })])).toEqual([])
    const letters = `more than ${policyLimits.phraseLetters} letters`
    const written = many(1000, (index) => `${'a'.repeat(180)} ${index.toString(36)}`)
    expect(messagesOf([0, 1, 2, 3, 4].map((index) => zone(index, { phrases: written })))).toEqual([
      expect.stringContaining(letters),
    ])
    // A few thousand characters of numbers are millions of letters when they are read out.
    const numbers = many(100, (index) => many(30, (place) => String(70_001 + index * 131 + place * 977)).join(' '))
    expect(messagesOf([zone(0, { phrases: numbers })])).toEqual([expect.stringContaining(letters)])
  })

  it('with more zones of examples than are learned in a moment, or longer ones', () => {
    const sets = many(policyLimits.exampleSets + 1, (index) => `you should take ${index} pills at once`)
    expect(messagesOf(sets.map((text, index) => zone(index, { examples: [text] })))).toEqual([
      `found ${sets.length} zones and topics with examples in all layers`,
    ])
    const long = (index: number) =>
      many(200, (place) => `you should take the pill ${index} ${place} ${'x'.repeat(250)}`)
    const zones = [zone(0, { examples: long(0), counter_examples: long(1) })]
    expect(messagesOf(zones)).toEqual([expect.stringContaining('characters of examples')])
  })

  it('and the first things that are wrong are told, not all of them', () => {
    const wrong = Array.from({ length: 60 }, (_, index) => zone(index, { regexes: ['['] }))
    expect(messagesOf(wrong).length).toBe(50)
  })
})
