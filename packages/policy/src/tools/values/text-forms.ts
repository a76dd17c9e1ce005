import { decodedForms } from './decoded-forms.ts'
import { readDigitRuns, readEmails, readPhones, readUrls } from './read-contacts.ts'
import { readDates } from './read-dates.ts'
import { readMoney, readNumbers, readPrices } from './read-numbers.ts'
import { readTimes } from './read-times.ts'
import { readWords } from './read-words.ts'
import type { SessionDay } from './session-day.ts'

type Values = ReadonlySet<string>

/** One form that a text decodes to, read for each kind of value when it is first asked for, and then remembered. */
export interface TextForm {
  readonly source: string
  readonly words: () => string
  readonly dates: (now: SessionDay) => Values
  readonly times: () => Values
  readonly numbers: () => Values
  readonly amounts: () => Values
  readonly prices: () => Values
  readonly phones: () => Values
  readonly figures: () => Values
  readonly emails: () => Values
  readonly urls: () => Values
}

/** A piece of a prompt is asked about in each call of its session: what it says does not change. */
const known = new WeakMap<object, readonly TextForm[]>()

/** All forms of the text of a piece. Remembered as long as the piece itself is. */
export function formsOf(piece: { readonly text: string }): readonly TextForm[] {
  const read = known.get(piece)
  if (read !== undefined) return read
  const forms = decodedForms(piece.text).map(readForm)
  known.set(piece, forms)
  return forms
}

function readForm(text: string): TextForm {
  const dates = new Map<string, Values>()
  return {
    source: text,
    words: once(() => readWords(text)),
    // Days are read against today, in a place.
    dates: (now) => {
      const key = `${Math.floor(now.nowMs / 3_600_000)} ${now.zone?.name ?? ''}`
      const read = dates.get(key) ?? readDates(text, now)
      dates.clear()
      dates.set(key, read)
      return read
    },
    times: once(() => readTimes(text)),
    numbers: once(() => readNumbers(text)),
    amounts: once(() => readMoney(text)),
    prices: once(() => readPrices(text)),
    phones: once(() => readPhones(text)),
    figures: once(() => readDigitRuns(text)),
    emails: once(() => readEmails(text)),
    urls: once(() => readUrls(text)),
  }
}

function once<Value>(read: () => Value): () => Value {
  let value: { readonly read: Value } | undefined
  return () => (value ??= { read: read() }).read
}
