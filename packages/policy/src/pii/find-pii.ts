/**
 * Threat: a number that a person gave away is repeated, stored, or handed to somebody who has no need of it.
 * Rule: what has a form and a check (cards, accounts, identities, addresses, keys) is found by both, through other alphabets'
 * digits, invisible characters and references of HTML. Where two kinds claim the same place, the one that is more certain has it.
 * On failure: an error, which is the stage's safe default. What has no form, as a name or a street, is not found.
 */
import { type ReadSource, readSource } from '../fold/read-source.ts'
import { findCards } from './find-cards.ts'
import { findEmails } from './find-emails.ts'
import { findHeardPii } from './find-heard-pii.ts'
import { findIbans } from './find-ibans.ts'
import { findIps } from './find-ips.ts'
import { findNationalIds } from './find-national-ids.ts'
import { findPhones } from './find-phones.ts'
import { findSecrets } from './find-secrets.ts'
import { findSocialSecurity } from './find-social-security.ts'
import type { PiiPlace } from './pii-place.ts'
import { readReferences } from './read-references.ts'

/** The most certain first. */
const digitFinders = [findIbans, findCards, findNationalIds, findSocialSecurity, findIps, findPhones] as const

/** Every place in the text, in order; none overlaps another. Takes time linear in the length of the text. */
export function findPii(text: string): readonly PiiPlace[] {
  return findPiiIn(readSource(text)[0])
}

/** The same of a text that is read already; offsets are those of the text that was given. */
export function findPiiIn(source: ReadSource): readonly PiiPlace[] {
  const { text, startOf, endOf } = readReferences(source)
  const found = [
    ...findSecrets(text),
    ...(text.includes('@') ? findEmails(text) : []),
    ...(/[\d:]/.test(text) ? digitFinders.flatMap((find) => find(text)) : []),
    ...findHeardPii(text, (figures) => digitFinders.flatMap((find) => find(figures))),
  ]
  const taken = new Uint8Array(found.length > 1 ? text.length : 0)
  const isFree = ({ start, end }: PiiPlace): boolean => {
    if (taken.subarray(start, end).includes(1)) return false
    taken.fill(1, start, end)
    return true
  }
  return found
    .filter(isFree)
    .map(({ kind, start, end }) => ({ kind, start: startOf(start), end: endOf(end) }))
    .toSorted((left, right) => left.start - right.start)
}
