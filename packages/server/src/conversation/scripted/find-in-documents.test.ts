import { describe, expect, test } from 'vitest'
import { makePromptSegment, type PromptPart, type PromptSource } from '../prompt-segment.ts'
import { findInDocuments } from './find-in-documents.ts'

const part = (text: string, source: PromptSource = 'document:chk_1'): PromptPart => ({
  kind: 'data',
  segment: makePromptSegment({ text, source, trust: 'document' }),
})

const prompt = [
  part(
    '# Practice > Opening hours\nMonday to Friday 8:00 to 18:00. On Saturday from 9:00 to 13:00.\nSunday is a day off.',
  ),
  part('Parking is free. Cancel 24 hours before.'),
  part('# Staff\nOur doctors are Dr. Marsh and Dr. Okafor. Ask for either.'),
  part('Open day: the museum.', 'note:museum'),
]

describe('findInDocuments', () => {
  test.each([
    ['When are you open on Saturday?', 'On Saturday from 9:00 to 13:00.'],
    ['opening hours', 'Monday to Friday 8:00 to 18:00.'],
    ['Where can I park?', 'Parking is free.'],
    ['Which doctors are there?', 'Our doctors are Dr. Marsh and Dr. Okafor.'],
    ['How do I cancel?', 'Cancel 24 hours before.'],
  ])('answers %j with the sentence that fits best', (question, answer) => {
    expect(findInDocuments(prompt, question)).toBe(answer)
  })

  test('a word that few sentences have says more than one that many have', () => {
    const pages = [
      part('# First visit\nCome fifteen minutes early.\nCome with your insurance card.'),
      part('# Accessibility\nEvery room can be reached by wheelchair.'),
    ]
    expect(findInDocuments(pages, 'Can I come with a wheelchair?')).toBe('Every room can be reached by wheelchair.')
  })

  test.each(['', 'museum', 'Do you speak Italian?', 'what is this'])('finds nothing for %j', (question) => {
    expect(findInDocuments(prompt, question)).toBeUndefined()
  })

  test('without documents there is nothing', () => {
    expect(findInDocuments([part('We are open.', 'note:hours')], 'open')).toBeUndefined()
  })
})
