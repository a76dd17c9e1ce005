import { policyDocumentSchema } from '@hyponema/contract'
import { compilePolicy, createOutputGate, decide } from '@hyponema/policy'
import { describe, expect, test } from 'vitest'

function compiled(zone: object) {
  const document = policyDocumentSchema.parse({
    no_go_zones: [{ name: 'zone', action: 'redirect', line: 'Ask somebody.', ...zone }],
  })
  const result = compilePolicy({
    layers: [{ layer: 'agent', document }],
    identity: { id: 'attack', version: 1, sha256: '0'.repeat(64) },
  })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}

/** What leaves when the text comes character by character; a block is shown as its rule. */
function leaves(zone: object, text: string): string {
  const gate = createOutputGate(compiled(zone))
  const steps = [...[...text].flatMap((character) => gate.push(character)), ...gate.endUtterance()]
  return steps.map((step) => (step.kind === 'release' ? step.text : `[${step.ruleId}]`)).join('')
}

describe('a zone that hides the sentence', () => {
  test('hides an earlier sentence too, where a phrase began whose later words are a phrase of their own', () => {
    const zone = { phrases: ['dose', 'maximum dose today'], scope: 'sentence' }
    expect(leaves(zone, 'Hello. This is the maximum. Dose today. Bye.')).not.toMatch(/maximum/)
  })
})

describe('a letter that is drawn as a sign', () => {
  test.each([
    ['a modifier apostrophe', 'do\u02bcse'],
    ['an okina', 'd\u02bbo\u02bbs\u02bbe'],
    ['a prime', 'do\u02b9se'],
    ['a stress mark before the word', '\u02c8dose'],
    ['a length mark', 'do\u02d0se'],
    ['a saltillo', 'do\ua78cse'],
    ['an apostrophe and s behind the word', 'dose\u02bcs'],
    ['an Arabic stroke', 'do\u0640se'],
  ])('%s hides no phrase', (_name, written) => {
    expect(leaves({ phrases: ['dose'] }, `Take ${written} now.`)).toMatch(/^Take \W*\[agent\/zone\]/)
  })

  test('an Arabic word is found however long it is drawn', () => {
    expect(leaves({ phrases: ['\u062c\u0631\u0639\u0629'] }, '\u062c\u0640\u0640\u0631\u0639\u0640\u0629 now')).toBe(
      '[agent/zone] now',
    )
  })
})

describe('phrases of look-alike letters against a text of signs', () => {
  /** Sequences of i and l, all different: each sign of the text is both letters and a separator. */
  const phrases = Array.from({ length: 200 }, (_, index) =>
    (index * 7919 + 1).toString(2).padStart(60, '1011001').replaceAll('0', 'i').replaceAll('1', 'l'),
  )

  test('stop the turn instead of keeping the process busy', () => {
    expect(leaves({ phrases }, '|'.repeat(8000))).toMatch(/^\[engine\/error\]$/)
  }, 5000)

  test('end a decision in the safe default of its stage', () => {
    const event = { stage: 'tool_call', tool: 'any', arguments: { text: '|'.repeat(8000) } } as const
    expect(decide(compiled({ phrases, stages: ['tool_call'] }), event).action).toBe('deny')
  }, 5000)
})

describe('a canned line that a model goes on with', () => {
  const document = policyDocumentSchema.parse({
    no_go_zones: [
      { name: 'asking', phrases: ['dose'], action: 'redirect', line: 'For that please call' },
      { name: 'nurse', phrases: ['call the nurse'], regexes: ['call \\d+'], action: 'redirect', line: 'Ask somebody.' },
    ],
  })
  const compiledBoth = compilePolicy({
    layers: [{ layer: 'agent', document }],
    identity: { id: 'attack', version: 1, sha256: '0'.repeat(64) },
  })

  test.each([
    ['in words', ['dose the nurse']],
    ['in disguise', ['dose t.h.e nur$e']],
    ['in the next utterance', ['The dose', ' the nurse']],
    ['in a number', ['dose 4711 now.']],
    ['in a number of another script', ['dose \u0664\u0667 now.']],
    ['in a number of the next utterance', ['dose', ' 4711 now.']],
    ['in a number before which it was said by the model', ['So call', '4711 now.']],
  ])('is no way to say what is forbidden: %s', (_name, utterances) => {
    if (!compiledBoth.ok) throw new Error(JSON.stringify(compiledBoth.diagnostics))
    const gate = createOutputGate(compiledBoth.policy)
    const steps = utterances.flatMap((text) => [
      ...[...text].flatMap((character) => gate.push(character)),
      ...gate.endUtterance(),
    ])
    const heard = steps.map((step) => (step.kind === 'release' ? step.text : (step.line ?? ''))).join('')
    expect(heard).not.toMatch(/nur|4711|\u0664/)
    expect(steps.some((step) => step.kind === 'block' && step.ruleId === 'agent/nurse' && step.headHeard > 3)).toBe(
      true,
    )
  })
})
