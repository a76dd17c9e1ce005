import { policyDocumentSchema } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { canonicalPolicyText } from '../document/canonical-policy-text.ts'
import { runPolicyTests } from '../document/run-policy-tests.ts'
import { createOutputGate } from '../gate/output-gate.ts'
import { testIdentity } from '../test-harness/compile-zones.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { compilePolicy, type PolicyLayer } from './compile-policy.ts'

function layer(name: PolicyLayer['layer'], document: unknown): PolicyLayer {
  return { layer: name, document: policyDocumentSchema.parse(document) }
}

function compile(...layers: readonly PolicyLayer[]) {
  return compilePolicy({ layers, identity: testIdentity })
}

function pointersOf(...layers: readonly PolicyLayer[]): readonly string[] {
  const result = compile(...layers)
  return result.ok ? [] : result.diagnostics.map(({ layer: name, pointer }) => `${name ?? ''}${pointer}`)
}

const zone = { name: 'dosage', phrases: ['dose'], action: 'redirect', line: 'Zzz.' }

describe('a policy does not compile', () => {
  it.each([
    ['a phrase without a letter', { ...zone, phrases: ['dose', '!!!'] }, '/no_go_zones/0/phrases/1'],
    ['an exception without a letter', { ...zone, unless: ['...'] }, '/no_go_zones/0/unless/0'],
    ['a line without a word', { ...zone, line: '...' }, '/no_go_zones/0/line'],
    ['a regex with look-ahead', { ...zone, regexes: ['(?=a)b'] }, '/no_go_zones/0/regexes/0'],
    ['a regex that is broken', { ...zone, regexes: ['['] }, '/no_go_zones/0/regexes/0'],
    ['a regex that matches nothing', { ...zone, regexes: ['a*'] }, '/no_go_zones/0/regexes/0'],
    ['a regex without bounds', { ...zone, regexes: ['(\\w{1000}){1000}'] }, '/no_go_zones/0/regexes/0'],
    ['a regex that is too large', { ...zone, regexes: ['(a{500}){5}'] }, '/no_go_zones/0/regexes/0'],
    ['a canned line that violates its zone', { ...zone, line: 'No d0se today.' }, '/no_go_zones/0/line'],
  ])('with %s', (_, bad, pointer) => {
    expect(pointersOf(layer('agent', { no_go_zones: [bad] }))).toEqual([`agent${pointer}`])
  })

  it("with a line that violates another layer's zone, or a disclosure that claims to be human", () => {
    const lower = layer('agent', {
      no_go_zones: [{ ...zone, name: 'other', phrases: ['cure'], line: 'No dose here.' }],
    })
    expect(pointersOf(layer('installation', { no_go_zones: [zone] }), lower)).toEqual(['agent/no_go_zones/0/line'])
    expect(pointersOf(layer('agent', { disclosure: { line: 'I am a human.' } }))).toContain('agent/disclosure/line')
  })

  it('with one layer twice, or more than can be measured', () => {
    expect(pointersOf(layer('agent', {}), layer('agent', {}))).toEqual(['agent'])
    const many = Array.from({ length: 6 }, (_, index) => ({
      ...zone,
      name: `zone-${index}`,
      phrases: Array.from({ length: 1000 }, (__, place) => `w${index} w${place}`),
    }))
    expect(pointersOf(layer('agent', { no_go_zones: many }))).toEqual(['/no_go_zones'])
  })
})

describe('layers', () => {
  it('only tighten: a lower layer can neither replace nor except what a higher one forbids', () => {
    const high = layer('workspace', { no_go_zones: [zone] })
    const low = layer('agent', { no_go_zones: [{ ...zone, phrases: ['other'], unless: ['dose'] }] })
    const result = compile(low, high)
    expect(result.ok && runGate(createOutputGate(result.policy), [['a dose ']]).blocks[0]?.ruleId).toBe(
      'workspace/dosage',
    )
  })

  it('name the disclosure line of the lowest layer that has one', () => {
    const result = compile(
      layer('agent', { disclosure: { line: 'I am an AI.' } }),
      layer('installation', { disclosure: { line: 'An AI speaks.' } }),
    )
    expect(result.ok && result.policy.disclosureLine).toBe('I am an AI.')
  })
})

describe('a disclosure', () => {
  const result = compile(layer('agent', { disclosure: { line: 'I am an AI assistant.' } }))

  it.each([
    "I'm a real person",
    'No, I am human!',
    'Ich bin ein Mensch.',
    'Je suis un \u00eatre humain',
    'no soy un robot',
  ])('redirects %j', (text) => {
    expect(result.ok && runGate(createOutputGate(result.policy), [[text]]).blocks).toMatchObject([
      { line: 'I am an AI assistant.', decision: { floor: true } },
    ])
  })

  it.each(['I am a human resources bot.', 'You are human.', 'I am an AI, not a human.'])('lets pass %j', (text) => {
    expect(result.ok && runGate(createOutputGate(result.policy), [[text]]).released).toEqual([text])
  })
})

describe("the document's own tests", () => {
  it('pass, or say what was expected and found', () => {
    const tests = [
      { say: 'the d.o.s.e', expect: { action: 'redirect', zone: 'dosage' } },
      { say: 'se', given: { said_before: ['do'] }, expect: { action: 'redirect' } },
      { say: 'the dose', given: { stage: 'input' }, expect: { action: 'allow' } },
      { say: 'hello', expect: { action: 'block' } },
      { say: 'the dose', expect: { action: 'redirect', zone: 'other' } },
    ]
    const layers = [layer('agent', { no_go_zones: [zone], tests })]
    const result = compile(...layers)
    expect(result.ok && runPolicyTests(result.policy, layers)).toEqual([
      { layer: 'agent', pointer: '/tests/3', expected: 'block', found: 'allow' },
      { layer: 'agent', pointer: '/tests/4', expected: 'redirect by other', found: 'redirect by agent/dosage' },
    ])
  })
})

describe('the canonical text', () => {
  it('is the same for the same policy, in whatever order it was written', () => {
    expect(canonicalPolicyText({ b: [1, true, null], a: '\u00e9"' })).toBe('{"a":"\u00e9\\"","b":[1,true,null]}')
    expect(() => canonicalPolicyText({ a: Number.NaN })).toThrow(TypeError)
  })
})
