import { foldPlain } from './fold-plain.ts'
import { readTokens, type ValueToken } from './read-tokens.ts'

/**
 * Every time of day that a text may speak of, as `09:30`: written times, and words of en, de, fr and es (`half past nine`,
 * `halb zehn`, `neuf heures et demie`, `las nueve y media`). Who does not say which half of the day may mean either.
 */
export function readTimes(text: string): ReadonlySet<string> {
  const folded = foldPlain(text)
  const plain = /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(folded)
  // On a clock of 24 hours, as arguments of tools are written: that one alone.
  if (plain !== null && text.length < 9 && isExact(plain[1])) return new Set(clock(Number(plain[1]), Number(plain[2])))
  const times = [...writtenTimes(folded), ...spokenTimes(readTokens(spaced(folded)))]
  return new Set(times.flatMap(({ hour, minute, half }) => halves(hour, minute, half)))
}

type Half = 'am' | 'pm' | undefined
interface SaidTime {
  readonly hour: number
  readonly minute: number
  readonly half: Half
}

/** With a leading zero, or past noon: nobody writes `09:30` or `14:00` for the other half of the day. */
function isExact(hour: string | undefined): boolean {
  return hour?.length === 2 || Number(hour) < 10
}

function writtenTimes(text: string): readonly SaidTime[] {
  const found = text.matchAll(/(?<![\d:.])(\d{1,2})(?:\s?[:.h]\s?(\d{2}))(?![\d])(?::\d{2})?\s?(?:([ap])\.?\s?m\b)?/g)
  return [...found].map(([, hour, minute, half]) => ({
    hour: Number(hour),
    minute: Number(minute),
    half: halfOf(half),
  }))
}

function halfOf(letter: string | undefined): Half {
  return letter === 'a' ? 'am' : letter === 'p' ? 'pm' : undefined
}

/** `9am`, `9h30` and `o'clock` as words of their own. */
function spaced(text: string): string {
  return text
    .replaceAll(/o['’]?\s?clock/g, 'oclock')
    .replaceAll(/(\d)(am|pm|h|uhr)/g, '$1 $2 ')
    .replaceAll(/\b([ap])\.\s?m\b\.?/g, '$1m')
    .replaceAll(/(\d):(\d)/g, '$1 uhr $2')
}

const hourWords = new Set(['oclock', 'uhr', 'heure', 'heures', 'h', 'horas', 'hora'])
const beforeHour = new Set(['at', 'um', 'gegen', 'a', 'vers', 'las', 'la', 'ab', 'from', 'around', 'by'])
const wholes: ReadonlyMap<string, number> = new Map([
  ['noon', 12],
  ['midday', 12],
  ['mittag', 12],
  ['midi', 12],
  ['mediodia', 12],
  ['midnight', 0],
  ['mitternacht', 0],
  ['minuit', 0],
  ['medianoche', 0],
])
const quarters = new Set(['quarter', 'viertel', 'quart', 'cuarto'])
const halfWords = new Set(['half', 'demie', 'demi', 'media'])
const pastWords = new Set(['past', 'after', 'nach'])
const toWords = new Set(['to', 'before', 'till', 'of', 'vor'])
const lessWords = new Set(['moins', 'menos'])

function spokenTimes(tokens: readonly ValueToken[]): readonly SaidTime[] {
  const { wordAt, numberAt } = readersOf(tokens)
  return tokens.flatMap((_, at): readonly SaidTime[] => {
    const word = wordAt(at)
    const whole = wholes.get(word)
    if (whole !== undefined) return [{ hour: whole, minute: 0, half: whole === 0 ? 'am' : 'pm' }]
    if (word === 'halb') return germanHalf(numberAt(at + 1), numberAt(at - 2), wordAt(at - 1))
    if (word === 'dreiviertel') return before(numberAt(at + 1), 15)
    const minutes = quarters.has(word) ? 15 : halfWords.has(word) ? 30 : numberAt(at)
    const relation = wordAt(at + 1)
    const named = numberAt(at + 2)
    if (minutes !== undefined && minutes < 60 && named !== undefined) {
      const half = halfAfter(wordAt, at + 3)
      if (pastWords.has(relation)) return withHalf([{ hour: named, minute: minutes, half }], half)
      if (toWords.has(relation)) return withHalf(before(named, minutes), half)
    }
    if (word === 'viertel') return after(numberAt(at + 1), (hour) => ({ hour: hour - 1, minute: 15, half: undefined }))
    return atHour(tokens, at)
  })
}

/** A number as an hour with what follows it: minutes, `and a half`, `less a quarter`; alone only where a word says that it is one. */
function atHour(tokens: readonly ValueToken[], at: number): readonly SaidTime[] {
  const { wordAt, numberAt } = readersOf(tokens)
  const hour = numberAt(at)
  if (hour === undefined || hour > 24 || !Number.isInteger(hour)) return []
  // The hour of `half past nine` has been read there.
  if (pastWords.has(wordAt(at - 1)) || toWords.has(wordAt(at - 1))) return []
  const isNamed = hourWords.has(wordAt(at + 1))
  const next = isNamed ? at + 2 : at + 1
  const introduced = isNamed || beforeHour.has(wordAt(at - 1))
  const joins = ['et', 'y', 'und', 'and'].includes(wordAt(next)) ? next + 1 : next
  const part = quarters.has(wordAt(joins)) ? 15 : halfWords.has(wordAt(joins)) ? 30 : undefined
  if (part !== undefined && introduced) return [{ hour, minute: part, half: halfAfter(wordAt, joins + 1) }]
  if (lessWords.has(wordAt(next)) && introduced) {
    const article = ['le', 'un'].includes(wordAt(next + 1)) ? next + 2 : next + 1
    const less = quarters.has(wordAt(article)) ? 15 : numberAt(article)
    if (less !== undefined) return before(hour, less)
  }
  const minute = numberAt(joins)
  const half = halfAfter(wordAt, minute === undefined ? next : joins + 1)
  if (minute !== undefined && minute < 60 && (introduced || minute >= 10)) {
    const said: readonly SaidTime[] = [{ hour, minute, half }]
    return introduced ? [...said, { hour, minute: 0, half }] : said
  }
  return introduced || half !== undefined ? [{ hour, minute: 0, half }] : []
}

/** `halb zehn`, `funf vor halb zehn`. */
function germanHalf(hour: number | undefined, minutes: number | undefined, relation: string): readonly SaidTime[] {
  return after(hour, (named) => {
    const shift = minutes === undefined ? 0 : relation === 'vor' ? -minutes : relation === 'nach' ? minutes : 0
    return { hour: named - 1, minute: 30 + shift, half: undefined }
  })
}

function before(hour: number | undefined, minutes: number): readonly SaidTime[] {
  return after(hour, (named) => ({ hour: named - 1, minute: 60 - minutes, half: undefined }))
}

function after(hour: number | undefined, make: (hour: number) => SaidTime): readonly SaidTime[] {
  return hour === undefined || hour > 24 ? [] : [make(hour === 0 ? 24 : hour)]
}

function withHalf(times: readonly SaidTime[], half: Half): readonly SaidTime[] {
  return half === undefined ? times : times.map((time) => ({ ...time, half }))
}

const morning = new Set(['am', 'morning', 'morgens', 'vormittags', 'fruh', 'matin', 'madrugada'])
const evening = new Set(['pm', 'afternoon', 'evening', 'nachmittags', 'abends', 'soir', 'tarde', 'noche'])

/** `am`, `in the morning`, `du soir`, `de la tarde`. */
function halfAfter(wordAt: (at: number) => string, at: number): Half {
  for (const step of [0, 1, 2]) {
    const word = wordAt(at + step)
    if (morning.has(word)) return 'am'
    if (evening.has(word)) return 'pm'
    if (!['in', 'the', 'du', 'de', 'la', 'oclock', 'uhr'].includes(word)) return undefined
  }
  return undefined
}

function halves(hour: number, minute: number, half: Half): readonly string[] {
  if (half === undefined)
    return hour >= 1 && hour <= 12 ? [...clock(hour, minute), ...clock((hour + 12) % 24, minute)] : clock(hour, minute)
  return clock(half === 'pm' ? (hour % 12) + 12 : hour % 12, minute)
}

function clock(hour: number, minute: number): readonly string[] {
  const hours = hour === 24 ? 0 : hour
  if (hours < 0 || hours > 23 || minute < 0 || minute > 59) return []
  return [`${String(hours).padStart(2, '0')}:${String(minute).padStart(2, '0')}`]
}

function readersOf(tokens: readonly ValueToken[]) {
  return {
    wordAt: (at: number): string => {
      const token = tokens[at]
      return token?.kind === 'word' ? token.word : ''
    },
    numberAt: (at: number): number | undefined => {
      const token = tokens[at]
      return token?.kind === 'number' ? token.values[0] : undefined
    },
  }
}
