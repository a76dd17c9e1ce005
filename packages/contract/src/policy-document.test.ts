import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { policyDocumentSchema, ruleSections } from './policy-document.ts'

const zone = { name: 'dosage', phrases: ['dose'], action: 'redirect', line: 'Ask the doctor.' }

function messages(document: unknown): readonly string[] {
  return (
    policyDocumentSchema
      .safeParse(document)
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
  )
}

describe('the policy document', () => {
  it('names every list of rules among its sections', () => {
    const lists = Object.entries(policyDocumentSchema.parse({})).flatMap(([name, value]) =>
      Array.isArray(value) && name !== 'tests' ? [name] : [],
    )
    expect([...ruleSections].toSorted()).toEqual(lists.toSorted())
  })

  it('accepts nothing but what it knows, and fills in the defaults', () => {
    expect(policyDocumentSchema.parse({})).toEqual({
      no_go_zones: [],
      escalation_rules: [],
      sleep_windows: [],
      contact_caps: [],
      topic_cooldowns: [],
      tool_rules: [],
      tests: [],
    })
    expect(policyDocumentSchema.parse({ no_go_zones: [zone] }).no_go_zones[0]).toMatchObject({
      scope: 'match',
      stages: ['output'],
      floor: false,
      regexes: [],
      unless: [],
    })
  })

  it.each([
    ['an unknown section', { rules: [] }],
    ['an unknown field of a zone', { no_go_zones: [{ ...zone, colour: 'red' }] }],
    ['a zone without a phrase or regex', { no_go_zones: [{ ...zone, phrases: [] }] }],
    ['a redirect without a line', { no_go_zones: [{ ...zone, line: undefined }] }],
    ['a block without a line', { no_go_zones: [{ ...zone, action: 'block', line: undefined }] }],
    ['a blank phrase', { no_go_zones: [{ ...zone, phrases: ['  '] }] }],
    ['a phrase of more than 200 characters', { no_go_zones: [{ ...zone, phrases: ['x'.repeat(201)] }] }],
    [
      'more than 1,000 phrases',
      { no_go_zones: [{ ...zone, phrases: Array.from({ length: 1001 }, (_, n) => `p${n}`) }] },
    ],
    ['a name with a slash', { no_go_zones: [{ ...zone, name: 'a/b' }] }],
    ['two zones of one name', { no_go_zones: [zone, zone] }],
    [
      'strikes that do no more',
      { no_go_zones: [{ ...zone, action: 'end', strikes: { hits: 2, turns: 3, action: 'block' } }] },
    ],
    ['an action that no zone has', { no_go_zones: [{ ...zone, action: 'allow' }] }],
    ['a stage that zones do not watch', { no_go_zones: [{ ...zone, stages: ['tick'] }] }],
    [
      'a test of the input that has something said before it',
      { tests: [{ say: 'x', given: { stage: 'input', said_before: ['y'] }, expect: { action: 'allow' } }] },
    ],
    ['a test without an expectation', { tests: [{ say: 'x' }] }],
  ])('refuses %s', (_, document) => {
    expect(messages(document)).not.toEqual([])
  })

  it('says which field was probably meant', () => {
    expect(messages({ no_go_zone: [] }).join()).toContain('did you mean no_go_zones?')
    expect(messages({ no_go_zones: [{ ...zone, phrase: ['x'] }] }).join()).toContain('did you mean phrases?')
    expect(messages({ no_go_zones: [{ ...zone, strikes: { hit: 3, turns: 5, action: 'end' } }] }).join()).toContain(
      'did you mean hits?',
    )
  })

  it('is a JSON schema with a description for each field of a zone that needs one', () => {
    expect(JSON.stringify(z.toJSONSchema(policyDocumentSchema, { io: 'input' }))).toContain('Whole words, as written')
  })
})
