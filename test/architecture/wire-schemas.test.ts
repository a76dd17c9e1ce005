import * as contract from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { uncheckedTexts } from './unchecked-texts.ts'

/**
 * Threat: a new field of a session event carries words of a model, a tool or a provider past the output gate.
 * Rule: every string of the schemas that clients receive is an id, an enum, a time, a name in a narrow alphabet, our own or the
 * operator's words, or `Cleared`; each says which in `holds`. Numbers and booleans say nothing by themselves.
 * On failure: this test names the field.
 */
describe('the events of a session', () => {
  it.each(Object.entries(contract.sessionEventSchemas))('%s has no text that nobody answers for', (_, schema) => {
    expect(uncheckedTexts(schema)).toEqual([])
  })

  it('are all walked', () => {
    expect(Object.keys(contract.sessionEventSchemas).length).toBeGreaterThan(5)
  })
})

/** `user` is the person's own words, and stands in one message only: `user-transcription`, which goes back to that person. */
describe('the messages of a voice session', () => {
  const { 'user-transcription': transcription, ...others } = contract.voiceMessageSchemas
  it.each(Object.entries(others))('%s has no text that nobody answers for', (_, schema) => {
    expect(uncheckedTexts(schema)).toEqual([])
  })

  it('tell of the person what the person said, and nothing else that nobody answers for', () => {
    expect(uncheckedTexts(transcription)).toEqual(['/text'])
    expect(transcription.shape.text.meta()).toMatchObject({ holds: 'user' })
  })
})

describe('the bodies of webhooks', () => {
  it.each(contract.eventTypes)('%s has no text that nobody answers for', (type) => {
    expect(uncheckedTexts(contract.eventBodySchema(type))).toEqual([])
  })

  it('have none after an erasure either, nor before the endpoint is enabled', () => {
    expect(uncheckedTexts(contract.erasedEventBodySchema)).toEqual([])
    expect(uncheckedTexts(contract.challengeBodySchema)).toEqual([])
  })
})

describe('what the talk page is given, and what any client gets in place of an answer', () => {
  it('has no text that nobody answers for', () => {
    expect(uncheckedTexts(contract.talkSessionSchema)).toEqual([])
    expect(uncheckedTexts(contract.problemSchema)).toEqual([])
  })
})

/** A field that somebody adds without saying where its characters come from turns the tests above red. */
describe('a plain string that is planted', () => {
  const planted = { note: z.string() }
  const { token } = contract.sessionEventSchemas
  const { 'bot-output': output } = contract.voiceMessageSchemas

  it('in a session event, a voice message or the answer of the talk page is named', () => {
    expect(uncheckedTexts(token.extend(planted))).toEqual(['/note'])
    expect(uncheckedTexts(output.extend(planted))).toEqual(['/note'])
    expect(uncheckedTexts(contract.talkSessionSchema.extend({ agent: z.strictObject(planted) }))).toEqual([
      '/agent/note',
    ])
  })

  it('in the body of any webhook is named', () => {
    for (const type of contract.eventTypes) {
      const body = contract.eventBodySchema(type)
      expect(uncheckedTexts(z.intersection(body, z.strictObject(planted))), type).toEqual(['/note'])
    }
  })
})

describe('the walk over wire schemas', () => {
  it.each([
    ['a plain string', z.object({ text: z.string() }), ['/text']],
    ['a string with limits only', z.object({ text: z.string().min(1).max(80) }), ['/text']],
    ['a string in a list', z.object({ words: z.array(z.string()) }), ['/words/*']],
    ['a string in a union', z.union([z.number(), z.object({ why: z.string() })]), ['/why']],
    ['a string that may be null', z.object({ why: z.string().nullable().optional() }), ['/why']],
    ['a string in a tuple', z.tuple([z.number(), z.string()]), ['/1']],
    ['values of a record', z.record(z.enum(['a']), z.string()), ['/*']],
    ['keys of a record', z.record(z.string(), z.number()), ['/(key)']],
    ['anything', z.object({ data: z.unknown() }), ['/data']],
    ['fields that were never named', z.looseObject({ n: z.number() }), ['/(key)', '/*']],
    ['a claim that does not exist', z.object({ text: z.string().meta({ holds: 'trust me' }) }), ['/text']],
    ['a name without an alphabet', z.object({ name: z.string().max(64).meta({ holds: 'name' }) }), ['/name']],
    ['a name of any characters', z.object({ name: z.string().regex(/^.*$/).meta({ holds: 'name' }) }), ['/name']],
    [
      'a name that may hold a sentence',
      z.object({
        name: z
          .string()
          .regex(/^[a-z ]{1,64}$/)
          .meta({ holds: 'name' }),
      }),
      ['/name'],
    ],
  ])('finds %s', (_, schema, where) => {
    expect(uncheckedTexts(schema)).toEqual(where)
  })

  it.each([
    [
      'an enum, a literal, a number',
      z.strictObject({ a: z.enum(['x', 'y']), b: z.literal('z'), c: z.number(), d: z.boolean() }),
    ],
    ['cleared text', z.strictObject({ text: z.string().meta({ holds: 'cleared' }) })],
    ['cleared text that may be absent', z.strictObject({ text: z.string().optional().meta({ holds: 'cleared' }) })],
    ['cleared text, marked inside', z.strictObject({ text: z.string().meta({ holds: 'cleared' }).nullable() })],
    ['an id', z.strictObject({ id: z.string().meta({ holds: 'id' }) })],
    ['a time', z.strictObject({ at: z.iso.datetime() })],
    [
      'a narrow name',
      z.strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
          .meta({ holds: 'name' }),
      }),
    ],
  ])('lets pass %s', (_, schema) => {
    expect(uncheckedTexts(schema)).toEqual([])
  })
})
