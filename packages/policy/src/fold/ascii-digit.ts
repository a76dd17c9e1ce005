const decimalDigit = /^\p{Nd}$/u

/**
 * The ASCII digit of the same value, or the code point itself. Decimal digits stand in runs of ten that begin with zero (a
 * rule of Unicode); several runs may stand side by side, so the place within the run gives the value.
 */
export function asciiDigit(codePoint: number): number {
  if (codePoint < 0x80 || !decimalDigit.test(String.fromCodePoint(codePoint))) return codePoint
  let first = codePoint
  while (decimalDigit.test(String.fromCodePoint(first - 1))) first -= 1
  return 0x30 + ((codePoint - first) % 10)
}
