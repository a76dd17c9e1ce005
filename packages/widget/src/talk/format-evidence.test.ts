import { expect, test } from 'vitest'
import { formatCount, formatElapsed, formatMs, shortId } from './format-evidence.ts'

test.each([
  [-5, '00:00'],
  [999, '00:00'],
  [134_000, '02:14'],
  [3_599_000, '59:59'],
  [3_734_000, '1:02:14'],
])('%s ms in a session read %s', (elapsedMs, text) => {
  expect(formatElapsed(elapsedMs)).toBe(text)
})

test.each([
  [0, '0.00 ms'],
  [0.004, '< 0.01 ms'],
  [0.04, '0.04 ms'],
  [0.31, '0.3 ms'],
  [12.34, '12.3 ms'],
])('%s ms of the engine read %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text)
})

test('an id is shortened in the middle, so that its kind and its end are seen', () => {
  expect(shortId('ses_01jd3v7t6zf3m8k2x9w4c5b6n7')).toBe('ses_01jd…6n7')
})

test('one is singular', () => {
  expect([0, 1, 2].map((count) => formatCount(count, 'decision'))).toEqual(['0 decisions', '1 decision', '2 decisions'])
})
