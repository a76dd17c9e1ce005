/**
 * Numbers of payment cards: the first digits and the length of a brand, and the check digit of Luhn. Separators may stand
 * anywhere; a short number (12 to 14 digits) has to be written as cards are, because phone numbers are as long.
 */
import { type DigitGroup, digitGroups } from './digit-groups.ts'
import { isLuhn } from './is-luhn.ts'
import type { PiiPlace } from './pii-place.ts'

const brands: readonly { readonly prefix: RegExp; readonly lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 18, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^3(?:0[0-5]|095|[689])/, lengths: [14, 15, 16, 17, 18, 19] },
  { prefix: /^(?:6011|64[4-9]|65|622)/, lengths: [16, 17, 18, 19] },
  { prefix: /^35/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:2131|1800)/, lengths: [15] },
  { prefix: /^(?:62|81)/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:50|5[6-9]|6[0-9])/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { prefix: /^220[0-4]/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:82|508)/, lengths: [16] },
  { prefix: /^9792/, lengths: [16] },
]
/** The usual length first: the digits behind a card of 16 must not make it one of 19. */
const lengthsInOrder = [16, 15, 14, 19, 18, 17, 13, 12]
/** As short cards are printed: in fours, as 4-6-4 or 4-3-3-3, or digit by digit. */
const shortShapes = /^(?:\d+|4(?:,4)+(?:,[1-3])?|4,6,4|4,3,3,3|1(?:,1)+)$/

export function findCards(text: string): readonly PiiPlace[] {
  return digitGroups(text).flatMap(cardsIn)
}

function cardsIn(groups: readonly DigitGroup[]): readonly PiiPlace[] {
  const found: PiiPlace[] = []
  for (let first = 0; first < groups.length; ) {
    const last = lengthsInOrder.map((length) => endOfCard(groups, first, length)).find((place) => place !== undefined)
    const [start, end] = [groups[first]?.start, last === undefined ? undefined : groups[last]?.end]
    if (last === undefined || start === undefined || end === undefined) first += 1
    else {
      found.push({ kind: 'card', start, end })
      first = last + 1
    }
  }
  return found
}

/** The last group of a card of this length that begins with the group `first`. */
function endOfCard(groups: readonly DigitGroup[], first: number, length: number): number | undefined {
  let digits = ''
  let last = first
  for (; digits.length < length && last < groups.length; last += 1) digits += groups[last]?.digits ?? ''
  if (digits.length !== length || !isCardNumber(digits)) return undefined
  const sizes = groups.slice(first, last).map((group) => group.digits.length)
  const isPrinted = length >= 15 || sizes.length === 1 || shortShapes.test(sizes.join(','))
  return isPrinted ? last - 1 : undefined
}

function isCardNumber(digits: string): boolean {
  return brands.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) && isLuhn(digits)
}
