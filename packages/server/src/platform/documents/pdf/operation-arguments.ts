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
