import { maxMessageCharacters, sendMessageSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { measureMessage } from './message-length.ts'

const taken = (text: string): boolean => sendMessageSchema.safeParse({ text }).success

describe('the length of a message', () => {
  test('is counted as the contract counts it, emoji included', () => {
    for (const text of ['x'.repeat(maxMessageCharacters), '\u{1f600}'.repeat(maxMessageCharacters)]) {
      expect([taken(text), measureMessage(text).kind]).toEqual([true, 'near'])
      expect([taken(`${text}x`), measureMessage(`${text}x`).kind]).toEqual([false, 'over'])
    }
  })

  test('is told near the limit, and beyond it by how much', () => {
    expect(measureMessage('x'.repeat(7499))).toEqual({ kind: 'fits', words: '' })
    expect(measureMessage('x'.repeat(7500)).words).toBe('7,500 of 8,000 characters')
    expect(measureMessage('x'.repeat(8001)).words).toBe(
      '8,001 of 8,000 characters: too long by 1. Shorten it to send it.',
    )
  })

  test('does not count the blanks that are not sent', () => {
    expect(measureMessage(`  ${'x'.repeat(8000)}\n\n`).kind).toBe('near')
  })
})
