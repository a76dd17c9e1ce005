import type { Matrix } from './matrix.ts'

/** Of a letter, what it says and how wide it is in units of its font. */
export type Glyph = { readonly text: string; readonly width: number; readonly isSpace: boolean }

/** A list of anything; empty where it is none. */
export function readList(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : []
}

/** Numbers out of what an operation was given, in a list or in a typed array; none where it is neither. */
export function readNumbers(given: unknown): readonly number[] {
  if (given instanceof Float32Array || given instanceof Float64Array) return [...given]
  if (!Array.isArray(given)) return []
  return given.map((value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : 0))
}

/** A colour as `#rrggbb`. */
export function readColour(given: unknown): string | undefined {
  return typeof given === 'string' && /^#[\da-f]{6}$/i.test(given) ? given.toLowerCase() : undefined
}

/** Whether a path is one upright rectangle: a move, three lines, and its end. */
export function isRectangle(path: unknown): boolean {
  const [move, x0, y0, one, x1, y1, two, x2, y2, three, x3, y3, ...rest] = readNumbers(readList(path)[0])
  if (move !== 0 || one !== 1 || two !== 1 || three !== 1 || rest.length > 1 || (rest[0] ?? 4) !== 4) return false
  return (y0 === y1 && x1 === x2 && y2 === y3 && x3 === x0) || (x0 === x1 && y1 === y2 && x2 === x3 && y3 === y0)
}

export function readMatrix(given: unknown): Matrix | undefined {
  const [a, b, c, d, e, f] = readNumbers(given)
  if (a === undefined || b === undefined || c === undefined || d === undefined || e === undefined || f === undefined)
    return undefined
  return [a, b, c, d, e, f]
}

/** Letters, and numbers that move the next one. */
export function readGlyphs(given: unknown): readonly (Glyph | number)[] {
  if (!Array.isArray(given)) return []
  return given.flatMap((value: unknown): readonly (Glyph | number)[] => {
    const glyph = typeof value === 'number' ? value : readGlyph(value)
    return glyph === undefined ? [] : [glyph]
  })
}

function readGlyph(value: unknown): Glyph | undefined {
  if (typeof value !== 'object' || value === null || !('unicode' in value) || !('width' in value)) return undefined
  const { unicode, width } = value
  if (typeof unicode !== 'string' || typeof width !== 'number') return undefined
  return { text: unicode, width, isSpace: 'isSpace' in value && value.isSpace === true }
}
