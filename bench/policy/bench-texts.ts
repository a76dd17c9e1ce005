/** What is said and what is forbidden in the bench: a receptionist's talk, and the profanity list where it is present. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededNumbers } from '../../packages/policy/src/test-harness/random-splits.ts'

const talk = [
  'Good morning, this is the front desk of the clinic, how may I help you today?',
  'The next free slot with the doctor is on Tuesday at half past nine, would that suit you?',
  'Please bring your insurance card and a list of the medicines that you take, if you have one.',
  'I have booked the appointment for 14:30; you will get a message with all the details shortly.',
  "It's on the second floor, past the pharmacy, and the lift is to the left of the entrance.",
  'If you need to cancel, call us at least 24 hours before, and we will find another time.',
  'You can park behind the building, the first 2 hours are free and then it is 3.50 an hour.',
  'I am sorry, I did not catch that, could you say your last name once more, letter by letter?',
  'Our assistant, Mrs. Hancock, passes your question to the nurses; they assess it the same day.',
  'Thank you for your call, have a pleasant afternoon, and see you on Thursday, goodbye!',
]

/** As many sentences as asked for, each different from the one before. */
export function sentences(count: number, seed: number): readonly string[] {
  const next = seededNumbers(seed)
  return Array.from({ length: count }, (_, index) => {
    const one = talk[index % talk.length] ?? ''
    const other = talk[next(talk.length)] ?? ''
    return `${one.slice(0, one.indexOf(' ', 40))} ${other.slice(other.lastIndexOf(' ', 50) + 1)}`
  })
}

/** Pieces of about four characters, as language models make them: a word with the blank before it, long words in two. */
export function tokens(sentence: string): readonly string[] {
  return sentence.match(/ ?[\p{L}\p{N}]{1,6}|[^\p{L}\p{N}]/gu) ?? []
}

/** Forbidden phrases: from the list, or made up where it is absent. */
export function forbiddenPhrases(vectors: string | null, count: number): readonly string[] {
  if (vectors === null) return Array.from({ length: count }, (_, index) => `forbidden phrase number ${index}`)
  const rows = readFileSync(join(vectors, 'words/profanity-en.csv'), 'utf8').split(/\r?\n/).slice(1)
  const phrases = rows.map((row) => row.split(',')[0] ?? '').filter((text) => text !== '' && !text.startsWith('"'))
  return [...new Set(phrases)].slice(0, count)
}

/** Regexes of the kinds that policies hold: amounts, card-like numbers, addresses, commands, codes. Others from another place on. */
export function forbiddenRegexes(count: number, from = 0): readonly string[] {
  const kinds = [
    (index: number) => `\\b\\d{1,4}\\s*(mg|ml|mcg|units?) of agent${index}\\b`,
    (index: number) => `\\b(take|use|try)\\s+(one|two|three|${index + 100})\\s+(pills?|tablets?)\\b`,
    (index: number) => `[a-z0-9._%+-]+@[a-z0-9.-]+\\.(example|test|zone${index})\\b`,
    (index: number) => `\\b(?:\\d[ -]?){13,16}#${index}\\b`,
    (index: number) => `\\bsecret\\s+code\\s+${index}\\b`,
  ]
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length]?.(from + index) ?? '')
}
