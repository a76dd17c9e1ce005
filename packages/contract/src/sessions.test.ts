import { describe, expect, test } from 'vitest'
import { encodeId, makeUuidV7 } from './ids.ts'
import { createSessionSchema, sendMessageSchema } from './sessions.ts'

const smallest = { agent_id: encodeId('agent', makeUuidV7(1, new Uint8Array(10))), user_id: 'u' }

describe('a session to be created', () => {
  test('needs an agent and a person; the rest has defaults', () => {
    expect(createSessionSchema.parse(smallest)).toEqual({
      ...smallest,
      modality: 'text',
      dynamic_variables: {},
      client: 'native',
      overrides: {},
      urgent: false,
    })
  })

  test.each([1, 3600])('may live %i s', (seconds) => {
    expect(createSessionSchema.safeParse({ ...smallest, ttl_seconds: seconds }).success).toBe(true)
  })

  test.each([0, -1, 3601, 1.5, '60', null, Number.NaN, Number.POSITIVE_INFINITY])('may not live %s s', (seconds) => {
    expect(createSessionSchema.safeParse({ ...smallest, ttl_seconds: seconds }).success).toBe(false)
  })

  test('takes 50 variables of 500 characters and no more', () => {
    const variables = (count: number, length: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, 'x'.repeat(length)]))
    const accepts = (given: object) => createSessionSchema.safeParse({ ...smallest, dynamic_variables: given }).success
    expect([accepts(variables(50, 500)), accepts(variables(51, 1)), accepts(variables(1, 501))]).toEqual([
      true,
      false,
      false,
    ])
    expect(accepts({ name: 1 })).toBe(false)
  })

  test('overrides only what may ever be overridden', () => {
    const accepts = (overrides: object) => createSessionSchema.safeParse({ ...smallest, overrides }).success
    expect(accepts({ 'persona.first_message': 'Hi.', 'persona.language': 'fr' })).toBe(true)
    expect(accepts({ 'persona.prompt': 'x' })).toBe(false)
    expect(accepts({ 'persona.first_message': '' })).toBe(false)
  })
})

describe('a message', () => {
  test.each([[{ text: 'x' }], [{ text: 'x'.repeat(8000) }], [{ start: true }]])('may be %j', (message) => {
    expect(sendMessageSchema.safeParse(message).success).toBe(true)
  })

  test.each([
    [{}],
    [{ text: '' }],
    [{ text: 'x'.repeat(8001) }],
    [{ start: false }],
    [{ text: 'x', start: true }],
    [{ text: 'x', role: 'system' }],
    ['x'],
    [null],
  ])('may not be %j', (message) => {
    expect(sendMessageSchema.safeParse(message).success).toBe(false)
  })
})
