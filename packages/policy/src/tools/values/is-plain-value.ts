import type { ArgumentKind } from '@hyponema/contract'
import { foldPlain } from './fold-plain.ts'

/** A value of one kind and nothing beside it, as programs write it. */
const shapes = {
  date: /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})?)$/,
  time: /^\d{1,2}(?:[:.h]\d{2}(?::00(?:\.0+)?)?)? ?(?:[ap]\.? ?m\.?|uhr|h)?$/,
  number: /^-?\d[\d.,'’ ]*$/,
  money:
    /^(?:(?:eur|euros?|usd|dollars?|gbp|pounds?|chf|[€$£]) ?)?-?\d[\d.,'’ ]*(?: ?(?:eur|euros?|usd|dollars?|gbp|pounds?|chf|[€$£]))?$/,
  phone: /^(?:tel:)?\+?[\d ()./-]+$/,
} as const satisfies Partial<Record<ArgumentKind, RegExp>>

/** Whether a value is one of its kind and nothing else: what stands beside it was not asked for by who said the rest. */
export function isPlainValue(value: string, kind: keyof typeof shapes): boolean {
  return shapes[kind].test(foldPlain(value).replaceAll(/^"|"$/g, ''))
}

/** Letters, figures, blanks and the signs of names and sentences. Any other sign may be an order for whoever reads the value. */
const orderly = /^[\p{L}\p{N}\s.,'\p{Pd}\p{Pi}\p{Pf}"„]*$/u

/** Whether each sign of a value that is not one of ordinary words stands in the text, too. */
export function hasOnlySignsOf(text: string, value: string): boolean {
  const said = foldPlain(text)
  return [...foldPlain(value)].every((sign) => orderly.test(sign) || said.includes(sign))
}
