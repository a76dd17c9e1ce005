/** A document or an answer of a model is read in a time that grows with its length, whatever it is made of. */
import { expect, test } from 'vitest'
import { decodedForms } from './decoded-forms.ts'
import { readEmails, readPhones, readUrls } from './read-contacts.ts'
import { readDates } from './read-dates.ts'
import { readNumbers, readPrices } from './read-numbers.ts'
import { readTimes } from './read-times.ts'

const readers = {
  readUrls,
  readEmails,
  readPhones,
  readNumbers,
  readPrices,
  readTimes,
  decodedForms,
  readDates: (text: string) => readDates(text, { nowMs: 0 }),
}
const characters = 64_000
/** What needs seconds here would need minutes for twice the length; what is linear needs a fraction of one. */
const mostMs = 8_000

test.each(['a', 'a.', 'a-', '1.', '-1', 'a@a.', 'hundert', '%25', '&#', '\\', 'QUJD'])(
  'a text of %j',
  (piece) => {
    const text = piece.repeat(characters / piece.length)
    for (const [name, read] of Object.entries(readers)) {
      const startedMs = performance.now()
      read(text)
      expect([name, performance.now() - startedMs < mostMs]).toEqual([name, true])
    }
  },
  60_000,
)

test.each([
  ['see _example.com/a_ now', 'example.com/a_'],
  ['x|http://user@example.com/', 'user@example.com'],
  ['„shop.example.co.uk“', 'shop.example.co.uk'],
])('the address in %j is found', (text, url) => {
  expect([...readUrls(text)]).toContain(url)
})
