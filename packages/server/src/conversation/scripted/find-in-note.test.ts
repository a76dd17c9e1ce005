import { describe, expect, test } from 'vitest'
import { findInNote } from './find-in-note.ts'

const note = `parking, car: There is a free car park behind the clinic.
cancel, cancellation: Ring us 24 hours before: then it is free.
address, where, location: We are at 12 Mill Lane.

opening hours, open, close: We are open from 8:00 to 18:00.
A line without a topic about vaccinations.`

describe('findInNote', () => {
  test.each([
    ['When are you open?', 'We are open from 8:00 to 18:00.'],
    ['opening hours', 'We are open from 8:00 to 18:00.'],
    ['Where can I PARK?', 'There is a free car park behind the clinic.'],
    ['How do I cancel a visit?', 'Ring us 24 hours before: then it is free.'],
    ["What's your address?", 'We are at 12 Mill Lane.'],
    ['Do you give vaccination shots?', 'A line without a topic about vaccinations.'],
  ])('answers %j', (question, answer) => {
    expect(findInNote(note, question)).toBe(answer)
  })

  test.each(['', 'Do you sell bicycles?', 'is it so', '!!'])('has no answer to %j', (question) => {
    expect(findInNote(note, question)).toBeUndefined()
  })

  test('an empty note has no answer', () => {
    expect(findInNote('', 'open')).toBeUndefined()
    expect(findInNote('open:\n:', 'open')).toBe('open:')
  })

  test('the first of equal lines is taken', () => {
    expect(findInNote('price: one\nprice: two', 'price')).toBe('one')
  })

  test('a word of the topic counts more than one of an answer', () => {
    expect(findInNote('hours: we open at nine\nbilling: ask within two hours', 'hours')).toBe('we open at nine')
  })
})
