/** The longest text that is looked at: a URL of a browser, and far more than a date or an address. */
const maxCharacters = 2048

const date = /^(\d{4})-(\d{2})-(\d{2})$/
const time = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:[zZ]|([+-])(\d{2}):(\d{2}))$/
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** RFC 2673, 3.2: four numbers without a zero before them, which some read as octal. */
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
/** RFC 3986: a scheme, and no character that a URI may not hold. */
const uri = /^[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/i

/** The formats that are checked (JSON Schema Validation 2020-12, 7.3). */
export const schemaFormats = {
  date: isDate,
  time: isTime,
  'date-time': (text: string) => text[10]?.toLowerCase() === 't' && isDate(text.slice(0, 10)) && isTime(text.slice(11)),
  email: isEmail,
  uri: (text: string) => text.length <= maxCharacters && uri.test(text) && URL.canParse(text),
  uuid: (text: string) => uuid.test(text),
  ipv4: (text: string) => ipv4.test(text),
  hostname: isHostName,
} as const satisfies Readonly<Record<string, (text: string) => boolean>>

/** Of OpenAPI: they say how a number or a text is kept, and nothing about whether it fits. */
const keptAs: ReadonlySet<unknown> = new Set(['int32', 'int64', 'float', 'double', 'password', 'binary', 'byte'])

export function isAnnotation(format: unknown): boolean {
  return keptAs.has(format)
}

export type SchemaFormat = keyof typeof schemaFormats

export function isFormat(name: unknown): name is SchemaFormat {
  return typeof name === 'string' && Object.hasOwn(schemaFormats, name)
}

/** RFC 1123. */
function isHostName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((one) => label.test(one))
}

/** RFC 3339 full-date, of a day that the calendar has. */
function isDate(text: string): boolean {
  const [, year, month, day] = date.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  const days = daysOf(Number(year), Number(month))
  return Number(day) >= 1 && Number(day) <= days
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  if (month < 1 || month > 12) return 0
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** RFC 3339 full-time. A leap second is one only at 23:59:60 in UTC. */
function isTime(text: string): boolean {
  const parts = time.exec(text)
  if (parts === null) return false
  const [hour, minute, second] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const [awayHours, awayMinutes] = [Number(parts[5] ?? 0), Number(parts[6] ?? 0)]
  if (hour > 23 || minute > 59 || awayHours > 23 || awayMinutes > 59) return false
  if (second <= 59) return true
  const away = (parts[4] === '-' ? -1 : 1) * (awayHours * 60 + awayMinutes)
  return second === 60 && (hour * 60 + minute - away + 2880) % 1440 === 1439
}

/** RFC 5321, without quoted names and address literals, which nobody dictates. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at < 1 || at > 64 || text.length > 254) return false
  const labels = text.slice(at + 1).split('.')
  return localPart.test(text.slice(0, at)) && labels.every((one) => label.test(one))
}
