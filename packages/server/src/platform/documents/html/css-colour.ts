/** A colour as far as we understand it; `key` tells those apart that have no numbers here. */
export type CssColour = {
  readonly key: string
  readonly rgb: readonly [number, number, number] | undefined
  readonly alpha: number
}

/** The rest of the names is compared as names. */
const names: Readonly<Record<string, string>> = {
  white: '#ffffff',
  snow: '#fffafa',
  ivory: '#fffff0',
  ghostwhite: '#f8f8ff',
  floralwhite: '#fffaf0',
  mintcream: '#f5fffa',
  azure: '#f0ffff',
  whitesmoke: '#f5f5f5',
  black: '#000000',
}

const transparent: CssColour = { key: 'transparent', rgb: undefined, alpha: 0 }
export const white: CssColour = { key: 'white', rgb: [255, 255, 255], alpha: 1 }

/** Of 255, in each of the three: nobody reads letters that differ by less. */
const leastDifference = 16

/** Undefined where the value is no colour: a picture, a word that means another one, or nothing. */
export function cssColour(value: string): CssColour | undefined {
  if (value === 'transparent') return transparent
  const hex = /^#([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/.exec(names[value] ?? value)?.[1]
  if (hex !== undefined) return ofHex(hex)
  const [, system, inner] = /^(rgb|hsl)a?\(([^()]*)\)$/.exec(value) ?? []
  if (system !== undefined && inner !== undefined) return ofFunction({ value, system, inner })
  const isWord = /^[a-z]+$/.test(value) && !/^(?:inherit|initial|unset|revert|currentcolor|none)$/.test(value)
  return isWord ? { key: value, rgb: undefined, alpha: 1 } : undefined
}

/** Whether letters of one colour are not told from a ground of the other. */
export function areAlike(one: CssColour, other: CssColour): boolean {
  if (one.key === other.key) return true
  const [left, right] = [one.rgb, other.rgb]
  if (left === undefined || right === undefined) return false
  return left.every((part, index) => Math.abs(part - (right[index] ?? 0)) < leastDifference)
}

function ofHex(digits: string): CssColour {
  const long = digits.length < 6 ? digits.replace(/./g, '$&$&') : digits
  const [red = 0, green = 0, blue = 0, alpha = 255] = [...Buffer.from(long, 'hex')]
  return { key: `#${long}`, rgb: [red, green, blue], alpha: alpha / 255 }
}

function ofFunction({ value, system, inner }: { value: string; system: string; inner: string }): CssColour {
  const parts = inner.split(/[\s,/]+/).filter((part) => part !== '')
  const alpha = parts[3] === undefined ? 1 : part(parts[3], 1)
  const [red = 0, green = 0, blue = 0] = parts.map((given) => part(given, 255))
  // Of the other system only the two ends are compared.
  const light = part(parts[2] ?? '', 1)
  const ends = light >= 0.97 ? 255 : light <= 0.03 ? 0 : undefined
  if (system === 'rgb') return { key: value, rgb: [red, green, blue], alpha }
  return { key: value, rgb: ends === undefined ? undefined : [ends, ends, ends], alpha }
}

function part(given: string, whole: number): number {
  const number = Number.parseFloat(given)
  if (Number.isNaN(number)) return 0
  return given.endsWith('%') ? (number / 100) * whole : number
}
