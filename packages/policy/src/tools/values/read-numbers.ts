import { foldPlain } from './fold-plain.ts'
import { readNumeral, readTokens } from './read-tokens.ts'

/** Every number in a text, in figures or in words: `1,200.50`, `zweihundertfunfzig`, `vingt et un`. As text, for comparing. */
export function readNumbers(text: string): ReadonlySet<string> {
  const values = readTokens(text).flatMap((token) => (token.kind === 'number' ? token.values : []))
  const signed = [...foldPlain(text).matchAll(/(?<![\w.])-\d+(?:[.,]\d+)*/g)].flatMap(([found]) => readNumeral(found))
  return new Set([...values, ...signed].map(String))
}

const currencies: readonly (readonly [string, RegExp])[] = [
  ['eur', /€|\beuros?\b|\beur\b/],
  ['usd', /\$|\bdollars?\b|\busd\b/],
  ['gbp', /£|\bpounds?\b|\bgbp\b/],
  ['chf', /\bchf\b|\bfranken\b|\bfrancs? suisses?\b/],
]

/** Amounts in a text, with the currencies that it names beside them: `250 eur` and, so that a bare number can be found, `250`. */
export function readMoney(text: string): ReadonlySet<string> {
  const folded = foldPlain(text)
  const amounts = [...readNumbers(text)]
  const named = currencies.filter(([, pattern]) => pattern.test(folded)).map(([name]) => name)
  return new Set(amounts.flatMap((amount) => [amount, ...named.map((name) => `${amount} ${name}`)]))
}

/**
 * The same of who is trusted: each currency with the number that it stands at, so that `100 euros to account 9000` says nothing of
 * 9000 euros. One that stands between two numbers is of neither.
 */
export function readPrices(text: string): ReadonlySet<string> {
  const tokens = readTokens(withCurrencyNames(text))
  const prices = tokens.flatMap((token, at) => {
    const name = token.kind === 'word' ? currencyOf(token.word) : undefined
    const beside = [tokens[at - 1], tokens[at + 1]].flatMap((one) => (one?.kind === 'number' ? [one.values] : []))
    const [values = []] = beside
    return name === undefined || beside.length !== 1 ? [] : values.map((value) => `${value} ${name}`)
  })
  return new Set([...readNumbers(text), ...prices])
}

/** Of a value: the amount with its currency where it has one, and only then. */
export function readAmount(text: string): ReadonlySet<string> {
  const all = [...readMoney(text)]
  const withCurrency = all.filter((amount) => amount.includes(' '))
  return new Set(withCurrency.length > 0 ? withCurrency : all)
}

/**
 * What an amount may be read as, of a text that is one number and perhaps its currency; else nothing: `9 9 9`, `1e3` and `5 k`
 * are something else for who pays than for who reads.
 */
export function readOneAmount(text: string): readonly number[] {
  const tokens = readTokens(text)
  const numbers = tokens.flatMap((token) => (token.kind === 'number' ? [token.values] : []))
  const isOnly = tokens.every((token) => token.kind === 'number' || isCurrency(token.word))
  const [values = []] = numbers
  return numbers.length === 1 && isOnly ? values : []
}

function isCurrency(word: string): boolean {
  return currencyOf(word) !== undefined
}

function currencyOf(word: string): string | undefined {
  return currencies.find(([, pattern]) => pattern.test(word))?.[0]
}

function withCurrencyNames(text: string): string {
  return currencies.reduce(
    (named, [name, pattern]) => named.replaceAll(new RegExp(pattern, 'g'), ` ${name} `),
    foldPlain(text),
  )
}
