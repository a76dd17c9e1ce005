/** Account numbers as ISO 13616 writes them: a country, two check digits, and as many letters and digits as that country has. */
import type { PiiPlace } from './pii-place.ts'

/** SWIFT IBAN registry, release 98 (2024); and the countries outside it that write their accounts the same way. */
const lengths: Readonly<Record<string, number>> = {
  ...{ AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BI: 27, BR: 29, BY: 28, CH: 21, CR: 22 },
  ...{ CY: 28, CZ: 24, DE: 22, DJ: 27, DK: 18, DO: 28, EE: 20, EG: 29, ES: 24, FI: 18, FK: 18, FO: 18, FR: 27, GB: 22 },
  ...{ GE: 22, GI: 23, GL: 18, GR: 27, GT: 28, HN: 28, HR: 21, HU: 28, IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30 },
  ...{ KW: 30, KZ: 20, LB: 28, LC: 32, LI: 21, LT: 20, LU: 20, LV: 21, LY: 25, MC: 27, MD: 24, ME: 22, MK: 19, MN: 20 },
  ...{ MR: 27, MT: 31, MU: 30, NI: 28, NL: 18, NO: 15, OM: 23, PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24, RS: 22 },
  ...{ RU: 33, SA: 24, SC: 31, SD: 18, SE: 24, SI: 19, SK: 24, SM: 27, SO: 23, ST: 25, SV: 28, TL: 23, TN: 24, TR: 26 },
  ...{ UA: 29, VA: 22, VG: 24, XK: 20, YE: 30 },
  ...{ AO: 25, BF: 28, BJ: 28, CF: 27, CG: 27, CI: 28, CM: 27, CV: 25, DZ: 26, GA: 27, GQ: 27, GW: 25, IR: 26, KM: 27 },
  ...{ MA: 28, MG: 27, ML: 28, MZ: 25, NE: 28, SN: 28, TD: 27, TG: 28 },
}
const begins = /(?<![a-z0-9])(?:iban[\s:.-]{0,3})?([a-z]{2})[\s-]{0,2}\d[\s-]{0,2}\d/gi
/** Between groups of four stands a blank, mostly; a dash, a dot or a slash sometimes. */
const maxSeparators = 3

export function findIbans(text: string): readonly PiiPlace[] {
  const found: PiiPlace[] = []
  for (let match = next(text, 0); match !== null; ) {
    const country = match[1] ?? ''
    const start = match.index + match[0].toLowerCase().lastIndexOf(country.toLowerCase(), match[0].length - 3)
    const end = endOfIban(text, start, lengths[country.toUpperCase()] ?? 0)
    if (end !== undefined) found.push({ kind: 'iban', start, end })
    match = next(text, end ?? match.index + match[0].length - 2)
  }
  return found
}

function next(text: string, from: number): RegExpExecArray | null {
  begins.lastIndex = from
  return begins.exec(text)
}

function endOfIban(text: string, start: number, length: number): number | undefined {
  let compact = ''
  let separators = 0
  let at = start
  for (; at < text.length && compact.length < length; at += 1) {
    const character = text.charAt(at)
    if (/[a-z0-9]/i.test(character)) {
      compact += character
      separators = 0
    } else {
      separators += 1
      if (separators > maxSeparators || !/[\s./\u2010-\u2015-]/u.test(character)) return undefined
    }
  }
  const isWhole = length > 0 && compact.length === length && !/[a-z0-9]/i.test(text.charAt(at))
  return isWhole && isRemainderOne(compact) ? at : undefined
}

/** ISO/IEC 7064, MOD 97-10: the first four characters go to the end, letters count from 10, the whole leaves 1. */
function isRemainderOne(iban: string): boolean {
  let remainder = 0
  for (const character of (iban.slice(4) + iban.slice(0, 4)).toUpperCase()) {
    const value = Number.parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}
