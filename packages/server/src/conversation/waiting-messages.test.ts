import { maxMessageCharacters } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { WaitingMessages } from './waiting-messages.ts'

const typed = (text: string) => ({ text, spoken: true, how: 'typed' as const })
const said = (text: string) => ({ text, spoken: true, how: 'speech' as const })

describe('waiting messages', () => {
  test('come out in order, and then there is none', () => {
    const waiting = new WaitingMessages()
    waiting.add(typed('one'))
    waiting.add(said('two'))
    expect([waiting.takeNext()?.text, waiting.takeNext()?.text, waiting.takeNext()]).toEqual(['one', 'two', undefined])
  })

  test('speech goes on with speech, and never with what was typed', () => {
    const waiting = new WaitingMessages()
    for (const message of [said('I need'), said('a doctor'), typed('please'), said('now')]) waiting.add(message)
    expect(waiting.takeNext()?.text).toBe('I need a doctor')
    expect(waiting.takeNext()?.text).toBe('please')
    expect(waiting.takeNext()?.text).toBe('now')
  })

  test('speech that would be too long together waits apart', () => {
    const waiting = new WaitingMessages()
    const long = 'a'.repeat(maxMessageCharacters / 2)
    for (let count = 0; count < 2; count += 1) waiting.add(said(long))
    expect(waiting.takeNext()?.text).toBe(long)
    expect(waiting.takeNext()?.text).toBe(long)
  })

  test('five wait, the sixth is refused and changes nothing', () => {
    const waiting = new WaitingMessages()
    for (const text of ['1', '2', '3', '4', '5']) expect(waiting.add(typed(text))).toBe(true)
    expect(waiting.add(typed('6'))).toBe(false)
    expect(['1', '2', '3', '4', '5'].map(() => waiting.takeNext()?.text).join('')).toBe('12345')
    expect(waiting.takeNext()).toBeUndefined()
  })

  test('are gone when nobody will answer them', () => {
    const waiting = new WaitingMessages()
    waiting.add(typed('one'))
    waiting.clear()
    expect(waiting.takeNext()).toBeUndefined()
  })
})
