import { expect, test } from 'vitest'
import { formatPayload } from './format-payload.ts'

test.each([
  ['{"day":"Tuesday","n":2,"free":true,"who":null}', 'day: Tuesday · n: 2 · free: true · who: null'],
  ['{"slots":["9:00","9:30"]}', 'slots: ["9:00","9:30"]'],
  ['{}', ''],
  ['["a"]', '["a"]'],
  ['{"half', '{"half'],
  ['"words"', '"words"'],
])('%s reads %s', (json, words) => {
  expect(formatPayload(json)).toBe(words)
})

test('what is long is cut with a sign that it goes on', () => {
  const words = formatPayload(JSON.stringify({ text: 'x'.repeat(1000) }))
  expect([words.length, words.endsWith('…')]).toEqual([401, true])
})
