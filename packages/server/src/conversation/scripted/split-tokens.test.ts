import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitTokens } from './split-tokens.ts'

test('tokens joined are the text, in one to four characters each, the same ones every time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const tokens = [...splitTokens(text)]
      expect(tokens.join('')).toBe(text)
      const lengths = tokens.map((token) => [...token].length)
      expect(lengths.every((length) => length >= 1 && length <= 4)).toBe(true)
      expect([...splitTokens(text)]).toEqual(tokens)
    }),
  )
})

test('a phrase is spread over several tokens', () => {
  expect([...splitTokens('200 milligrams')]).toEqual(['200', ' ', 'mill', 'ig', 'ram', 's'])
})

test('a character outside the basic plane is never cut in half', () => {
  for (const token of splitTokens('🩺'.repeat(20))) expect(token.isWellFormed()).toBe(true)
})
