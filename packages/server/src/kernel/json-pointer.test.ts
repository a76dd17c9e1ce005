import { describe, expect, test } from 'vitest'
import { jsonPointer } from './json-pointer.ts'

describe('a JSON pointer', () => {
  test('to the whole document is empty', () => expect(jsonPointer([])).toBe(''))

  test('writes ~ and / inside a step so that they are no steps (RFC 6901 section 5)', () => {
    expect(jsonPointer(['a/b', 0, 'm~n', '~1', ''])).toBe('/a~1b/0/m~0n/~01/')
  })
})
