import type { ArgumentKind } from '@hyponema/contract'
import { decodedForms } from './decoded-forms.ts'
import { foldPlain } from './fold-plain.ts'
import { hasOnlySignsOf, isPlainValue } from './is-plain-value.ts'
import { isSamePhone, readEmails, readPhones, readUrls, wholeEmail, wholeUrl } from './read-contacts.ts'
import { readDates } from './read-dates.ts'
import { readAmount, readNumbers } from './read-numbers.ts'
import { readTimes } from './read-times.ts'
import { readWords } from './read-words.ts'
import { localParts, type SessionDay } from './session-day.ts'
import type { TextForm } from './text-forms.ts'

/** What a value is looked for as. A date with a time is two of them: they may have been said in two messages. */
export type SingleKind = Exclude<ArgumentKind, 'date_time'>

/**
 * Whether a text contains a value of that kind, however either is written. Both are read in all the forms they decode to. Who is
 * trusted has to have said all of it (`whole`): each number in it, each of its readings, and nothing beside it. Text of others has
 * it by any part.
 */
export function containsValue(
  text: readonly TextForm[],
  value: string,
  { kind, now, by }: { readonly kind: SingleKind; readonly now: SessionDay; readonly by: 'whole' | 'part' },
): boolean {
  const contains = by === 'whole' ? containsWhole : containsPart
  return decodedForms(value).some((wanted) => text.some((form) => contains(form, wanted, kind, now)))
}

/** The parts of a value that have to be found each. */
export function valueParts(
  value: string,
  kind: ArgumentKind,
  now: SessionDay,
): readonly { readonly kind: SingleKind; readonly text: string }[] {
  if (kind !== 'date_time') return [{ kind, text: value }]
  const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})$/i.test(value.trim())
    ? Date.parse(value)
    : Number.NaN
  const local = Number.isNaN(instant) ? undefined : localParts(instant, now.zone)
  const written = /^(\S+?)(?:T|,? +)(\d{1,2}:\d{2}.*)$/i.exec(value.trim())
  return [
    { kind: 'date', text: local?.date ?? written?.[1] ?? value },
    { kind: 'time', text: local?.time ?? written?.[2] ?? value },
  ]
}

function containsPart(text: TextForm, value: string, kind: SingleKind, now: SessionDay): boolean {
  switch (kind) {
    case 'date':
      return meets(readDates(value, now), text.dates(now)) || containsWords(text, value)
    case 'time':
      return meets(readTimes(value), text.times()) || containsWords(text, value)
    case 'number':
      return meets(readNumbers(value), text.numbers()) || containsWords(text, value)
    case 'money':
      return meets(readAmount(value), text.amounts()) || containsWords(text, value)
    case 'phone': {
      const phones = [...text.phones()]
      return wholePhones(value).some((one) => phones.some((other) => isSamePhone(one, other)))
    }
    case 'email':
      return meets(readEmails(value), text.emails()) || containsWords(text, value)
    case 'url':
      return meets(readUrls(value), text.urls()) || containsWords(text, value)
    case 'text':
      return containsWords(text, value) || containsFigures(text, value)
    default:
      throw new TypeError(`expected a kind of argument, found ${JSON.stringify(kind satisfies never)}`)
  }
}

function containsWhole(text: TextForm, value: string, kind: SingleKind, now: SessionDay): boolean {
  switch (kind) {
    case 'date':
      return (isPlainValue(value, kind) && covers(text.dates(now), readDates(value, now))) || saysIt(text, value)
    case 'time':
      return (isPlainValue(value, kind) && covers(text.times(), readTimes(value))) || saysIt(text, value)
    case 'number':
      return (isPlainValue(value, kind) && covers(text.numbers(), readNumbers(value))) || spellsIt(text, value)
    case 'money':
      return (isPlainValue(value, kind) && covers(text.prices(), readAmount(value))) || spellsIt(text, value)
    case 'email':
      return covers(text.emails(), wholeEmail(value)) && hasOtherLetters(text, value)
    case 'url':
      return covers(text.urls(), wholeUrl(value)) && hasOtherLetters(text, value) && hasScheme(text, value)
    case 'phone':
      return (isPlainValue(value, kind) && containsPart(text, value, kind, now)) || spellsIt(text, value)
    case 'text':
      return saysIt(text, value) || containsFigures(text, value)
    default:
      throw new TypeError(`expected a kind of argument, found ${JSON.stringify(kind satisfies never)}`)
  }
}

/** Its words in their order, and no sign that could be more than a sign of a sentence. */
function saysIt(text: TextForm, value: string): boolean {
  return containsWords(text, value) && hasOnlySignsOf(text.source, value)
}

/** In words alone: the signs of a number are a part of it. */
function spellsIt(text: TextForm, value: string): boolean {
  return /^[\p{L}\s-]+$/u.test(foldPlain(value)) && containsWords(text, value)
}

/** Who says an address means a page: what opens with another scheme has to be said with it. */
function hasScheme(text: TextForm, value: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(foldPlain(value))?.[0] ?? 'https://'
  return ['https://', 'http://'].includes(scheme) || foldPlain(text.source).includes(scheme)
}

/** An address with letters beyond ASCII is another address than the one without their accents: it has to stand there as it is. */
function hasOtherLetters(text: TextForm, value: string): boolean {
  return !/[^\x20-\x7e]/.test(value.trim()) || text.source.includes(value.trim())
}

/** All figures of a value, whole: a part of its number is another number. */
function wholePhones(value: string): readonly string[] {
  const digits = foldPlain(value).replaceAll(/\D/g, '').replace(/^0+/, '')
  const spoken = [...readPhones(value)].toSorted((one, other) => other.length - one.length).slice(0, 1)
  return digits.length >= 5 ? [digits] : spoken
}

/** A number of a customer or a booking, spelled out. */
function containsFigures(text: TextForm, value: string): boolean {
  const figures = foldPlain(value).replaceAll(/[\s./-]/g, '')
  return /^\d{3,40}$/.test(figures) && text.figures().has(figures)
}

function meets(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].some((value) => other.has(value))
}

/** Of nothing nothing is covered. */
function covers(all: ReadonlySet<string>, values: ReadonlySet<string>): boolean {
  return values.size > 0 && [...values].every((value) => all.has(value))
}

/** Whole words in their order; signs between them do not count. */
function containsWords(text: TextForm, value: string): boolean {
  const wanted = readWords(value)
  return wanted.trim() !== '' && text.words().includes(wanted)
}
