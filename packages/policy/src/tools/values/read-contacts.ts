import { foldPlain } from './fold-plain.ts'
import { readTokens, type ValueToken } from './read-tokens.ts'

/** Longer runs of figures are no number that anybody dials. */
const maxRunTokens = 24
const maxDigits = 40

/**
 * Runs of figures as they are dialled or spelled out, however they are grouped: `030 / 12 34`, `four seven one one`, `double
 * seven`. Every part of a run counts, because a number may stand beside another one.
 */
export function readDigitRuns(text: string): ReadonlySet<string> {
  const runs: string[][] = [[]]
  const tokens = readTokens(text.replaceAll('+', ' plus '))
  tokens.forEach((token, at) => {
    const digits = dialled(token, tokens[at + 1])
    if (digits !== undefined) runs.at(-1)?.push(digits)
    else if (!isSilent(token)) runs.push([])
  })
  return new Set(runs.flatMap(partsOf))
}

function dialled(token: ValueToken, next: ValueToken | undefined): string | undefined {
  if (token.kind === 'number') return token.digits
  const { word } = token
  if (isOh(word) && (next?.kind === 'number' || (next !== undefined && isOh(next.word)))) return '0'
  const times = word === 'double' ? 1 : word === 'triple' ? 2 : 0
  return times > 0 && next?.kind === 'number' && next.digits.length === 1 ? next.digits.repeat(times) : undefined
}

function isOh(word: string): boolean {
  return word === 'oh' || word === 'o'
}

function isSilent(token: ValueToken): boolean {
  return token.kind === 'word' && ['plus', 'dash', 'minus', 'tiret', 'guion'].includes(token.word)
}

function partsOf(run: readonly string[]): readonly string[] {
  const short = run.slice(0, maxRunTokens)
  return short.flatMap((_, from) => {
    const parts: string[] = []
    let part = ''
    for (const digits of short.slice(from)) {
      part += digits
      if (part.length > maxDigits) break
      parts.push(part)
    }
    return parts
  })
}

/** Phone numbers, each as its digits without the zeros of a trunk or an international prefix, and with a national one cut off. */
export function readPhones(text: string): ReadonlySet<string> {
  const runs = [...readDigitRuns(text)].map((run) => run.replace(/^0+/, ''))
  return new Set(runs.filter((run) => run.length >= 5))
}

/**
 * The same number dialled from home or from abroad: what stands before it is a country code of one to three digits, and what is
 * left is long enough to be nobody else's.
 */
export function isSamePhone(one: string, other: string): boolean {
  const [long, short] = one.length >= other.length ? [one, other] : [other, one]
  return long === short || (short.length >= 8 && long.length - short.length <= 3 && long.endsWith(short))
}

const spokenSigns: readonly (readonly [RegExp, string])[] = [
  [/\s+(?:at|arobase|arroba|klammeraffe|affe|ät|at-zeichen)\s+/gu, '@'],
  [/\s*[[(]\s*(?:at)\s*[\])]\s*/g, '@'],
  [/\s+(?:dot|punkt|point|punto)\s+/g, '.'],
  [/\s*[[(]\s*(?:dot|punkt|point|punto)\s*[\])]\s*/g, '.'],
  [/\s+(?:slash|schrägstrich|schragstrich|barra)\s+/g, '/'],
  [/\s+(?:underscore|unterstrich|tiret bas|guion bajo)\s+/g, '_'],
  [/\s+(?:dash|hyphen|minus|bindestrich|tiret|guion)\s+/g, '-'],
]

/** As it is written where it was said: `jo dot doe at example dot com`. */
function withSigns(text: string): string {
  return spokenSigns.reduce((said, [pattern, sign]) => said.replaceAll(pattern, sign), foldPlain(text))
}

const mailForm = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu

export function readEmails(text: string): ReadonlySet<string> {
  return new Set(
    [foldPlain(text), withSigns(text)]
      .flatMap((form) => form.match(mailForm) ?? [])
      .map((mail) => mail.replace(/^mailto:/, '')),
  )
}

/** Each part has a bound, and it is tried at the beginning of a word alone, so that a text of one long word costs its length. */
const urlForm =
  /(?<![\p{L}\p{N}])(?:[a-z][a-z0-9+.-]{1,20}:\/\/)?(?:[\p{L}\p{N}_.~-]{1,64}@)?(?:[\p{L}\p{N}-]{1,63}\.){1,16}\p{L}{2,63}(?::\d{1,5})?(?:[/?#][^\s<>"')\]]*)?/gu

/** Addresses of the web without scheme, `www.`, the usual port and what ends a sentence. */
export function readUrls(text: string): ReadonlySet<string> {
  const found = [foldPlain(text), withSigns(text)].flatMap((form) => form.match(urlForm) ?? [])
  return new Set(
    found.map((url) =>
      url
        .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
        .replace(/^www\./, '')
        .replace(/:(?:80|443)(?=[/?#]|$)/, '')
        .replace(/[.,;:!?]+$/, '')
        .replace(/\/$/, ''),
    ),
  )
}

/** Of a value that is one mail address and nothing else, that address; else none. */
export function wholeEmail(value: string): ReadonlySet<string> {
  return onlyWhole(value, mailForm, readEmails)
}

/** Of a value that is one address of the web and nothing else, that address; else none: a host that is no name has none. */
export function wholeUrl(value: string): ReadonlySet<string> {
  return onlyWhole(value, urlForm, readUrls)
}

function onlyWhole(value: string, form: RegExp, read: (text: string) => ReadonlySet<string>): ReadonlySet<string> {
  const whole = [foldPlain(value), withSigns(value)].find((text) => text.match(form)?.[0] === text)
  return whole === undefined ? new Set() : read(whole)
}
