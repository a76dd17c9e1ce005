/** Pixels of a window as people have it, and of letters as browsers begin with. */
const windowWidth = 1_280
const windowHeight = 800
const letterSize = 16

const units: Readonly<Record<string, number>> = {
  px: 1,
  pt: 4 / 3,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  q: 96 / 101.6,
  rem: letterSize,
  em: letterSize,
  ex: letterSize / 2,
  ch: letterSize / 2,
  vw: windowWidth / 100,
  vh: windowHeight / 100,
  vmin: windowHeight / 100,
  vmax: windowWidth / 100,
  '%': windowWidth / 100,
}

const first = /^(?:calc\(\s*)?([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z]*|%)/

/** Pixels of the first length of a value, where letters and the window are as usual; undefined where it is none. */
export function cssLength(value: string): number | undefined {
  const [, number, unit = ''] = first.exec(value) ?? []
  if (number === undefined) return undefined
  const pixels = Number(number) * (unit === '' ? 1 : (units[unit] ?? Number.NaN))
  return Number.isNaN(pixels) ? undefined : pixels
}
