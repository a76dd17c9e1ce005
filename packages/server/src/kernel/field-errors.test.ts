import { agentToolSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fieldErrors } from './field-errors.ts'

function errorsOf(schema: z.ZodType, value: unknown) {
  const read = schema.safeParse(value)
  return read.success ? [] : fieldErrors(read.error, '/tool')
}

describe('a wrong value of several forms', () => {
  const tool = { kind: 'http', name: 'visits', description: 'Finds visits', url: 'https://api.example.com/visits' }

  test.each([
    ['a name with a typo', 'end_cal', '/tool', 'expected one of end_call, '],
    ['an object of no kind', { name: 'visits' }, '/tool/kind', 'http'],
    ['an object of another kind', { ...tool, kind: 'HTTP' }, '/tool/kind', 'http'],
    ['a missing field', { ...tool, description: undefined }, '/tool/description', 'missing; expected string'],
    ['a wrong field', { ...tool, timeout_ms: 'fast' }, '/tool/timeout_ms', 'expected number'],
    [
      'a wrong name of a header',
      { ...tool, headers: { 'X-A': 'b' } },
      '/tool/headers/X-A',
      'a header name in lower case',
    ],
    ['an unknown field', { ...tool, parameters: {} }, '/tool/parameters', 'no such field'],
  ])('is told where it is wrong: %s', (_, value, pointer, words) => {
    expect(errorsOf(agentToolSchema, value)).toEqual([{ pointer, detail: expect.stringContaining(words) }])
  })
})

test('a value that fits none of several plain forms is told of the first', () => {
  expect(errorsOf(z.union([z.string(), z.int()]), true)).toEqual([
    { pointer: '/tool', detail: 'Invalid input: expected string, received boolean' },
  ])
})

test('no more than 100 places are told, within a form too', () => {
  const form = z.union([z.strictObject({ list: z.array(z.string()) }), z.string()])
  expect(errorsOf(form, { list: Array.from({ length: 300 }, () => 1) })).toHaveLength(100)
})
