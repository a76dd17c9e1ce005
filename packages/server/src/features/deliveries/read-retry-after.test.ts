import { describe, expect, test } from 'vitest'
import { readRetryAfter } from './read-retry-after.ts'

const nowMs = Date.parse('1994-11-06T08:49:07.000Z')
const dayMs = 24 * 60 * 60 * 1000

describe('Retry-After', () => {
  test.each([
    ['seconds', '120', 120_000],
    ['a date', 'Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['a date as of RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['a date of asctime', 'Sun Nov  6 08:49:37 1994', 30_000],
    ['more than a day, which is a day', '604800', dayMs],
    ['a date far away, which is a day', 'Fri, 31 Dec 2199 23:59:59 GMT', dayMs],
  ])('is read as %s', (_form, header, expected) => {
    expect(readRetryAfter(header, nowMs)).toBe(expected)
  })

  test.each([
    null,
    '',
    '0',
    '-5',
    '1.5',
    '1e9',
    '12 seconds',
    'tomorrow',
    'Sun, 06 Nov 1994 08:49:07 GMT',
    'Sat, 05 Nov 1994 08:49:37 GMT',
    'Sun, 99 Nov 1994 08:49:37 GMT',
    '1994-11-06T09:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 GMT+01',
    '9'.repeat(400),
  ])('is ignored as %j', (header) => {
    expect(readRetryAfter(header, nowMs)).toBeUndefined()
  })
})
