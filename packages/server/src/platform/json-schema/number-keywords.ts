import type { KeywordCompiler } from './keyword-place.ts'

export const numberKeywords: Readonly<Record<string, KeywordCompiler>> = {
  minimum: bound('at least', (value, limit) => value >= limit),
  maximum: bound('at most', (value, limit) => value <= limit),
  exclusiveMinimum: bound('more than', (value, limit) => value > limit),
  exclusiveMaximum: bound('less than', (value, limit) => value < limit),
  multipleOf: ({ value: divisor, refuse }) => {
    if (typeof divisor !== 'number' || !(divisor > 0)) return refuse('expected a number above 0')
    return (value, place, run) =>
      typeof value !== 'number' || isMultipleOf(value, divisor) || run.fail(place, `expected a multiple of ${divisor}`)
  },
}

function bound(words: string, fits: (value: number, limit: number) => boolean): KeywordCompiler {
  return ({ value: limit, refuse }) => {
    if (typeof limit !== 'number') return refuse('expected a number')
    return (value, place, run) =>
      typeof value !== 'number' || fits(value, limit) || run.fail(place, `expected ${words} ${limit}`)
  }
}

/** By their decimal digits: 0.3 is a multiple of 0.1, which binary fractions deny. */
function isMultipleOf(value: number, divisor: number): boolean {
  if (!Number.isFinite(value)) return false
  const one = digitsOf(value)
  const other = digitsOf(divisor)
  const exponent = Math.min(one.exponent, other.exponent)
  const scaled = ({ digits, exponent: own }: Decimal): bigint => digits * 10n ** BigInt(own - exponent)
  return scaled(one) % scaled(other) === 0n
}

type Decimal = { readonly digits: bigint; readonly exponent: number }

/** At most 17 digits, and an exponent between -324 and 308: what a double has. */
function digitsOf(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}
