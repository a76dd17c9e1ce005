import { describe, expect, test } from 'vitest'
import { noticeTiredness } from './notice-tiredness.ts'

describe('words of tiredness', () => {
  test.each([
    "I'm so tired of all this today",
    'Sorry, I’m exhausted.',
    'Ich bin müde, morgen mehr',
    'je suis trop fatiguée pour ça',
    'Estoy muy cansado',
    'YA ES TARDE',
  ])('are noticed: %s', (text) => {
    expect(noticeTiredness(text, []).isTired).toBe(true)
  })

  test.each([
    'A tired joke, really',
    'Der Film war müde',
    'My tyres are worn',
    'une blague fatiguée',
    'what time is it?',
  ])('are not seen in: %s', (text) => {
    expect(noticeTiredness(text, []).isTired).toBe(false)
  })

  test('the same sentence again is a repeat; the same short answer is not', () => {
    const first = noticeTiredness('I want to change my appointment.', [])
    expect(noticeTiredness('i want to change my APPOINTMENT', [first.said]).isRepeat).toBe(true)
    expect(noticeTiredness('I want to change my address', [first.said]).isRepeat).toBe(false)
    expect(noticeTiredness('Yes.', [noticeTiredness('yes', []).said]).isRepeat).toBe(false)
  })
})
