import type { KeywordPlace } from './keyword-place.ts'

/** A keyword that counts something, as minLength does. Undefined where it was refused. */
export function readCount({ value, refuse }: Pick<KeywordPlace, 'value' | 'refuse'>): number | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  return refuse('expected a whole number of at least 0')
}
