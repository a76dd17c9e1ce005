/**
 * Calling codes of countries where numbers are dialled within the country with a 0 before them that is no part of the number, and where
 * no number begins with 0 (national numbering plans as ITU-T E.164 and its operational bulletins list them). Italy (39) and countries
 * such as Ivory Coast (225) keep their 0: they are not here, and of others nobody is sure.
 */
const codes = new Set(
  `20 27 31 32 33 40 41 43 44 46 49 51 54 55 58 60 61 62 63 64 66 81 82 84 86 90 91 92 93 94 95 98 212 213 233 234 251 254 255 256
  260 263 353 355 358 359 380 381 385 386 387 389 421 880 886 961 962 963 964 966 967 971 972 977`.split(/\s+/),
)

/** One number, one spelling: `+490170...` is `+49170...`, because a cap or a mark of the one has to hold for the other. */
export function readNumber(number: string): string {
  const code = [2, 3].map((length) => number.slice(1, 1 + length)).find((candidate) => codes.has(candidate))
  if (code === undefined) return number
  const rest = number.slice(1 + code.length).replace(/^0+/, '')
  // Not a number of anybody then; it is counted as it was written.
  return rest.length < 4 ? number : `+${code}${rest}`
}
