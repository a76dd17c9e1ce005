import type { KeywordCompiler } from './keyword-place.ts'
import { readCount } from './read-count.ts'
import { isAnnotation, isFormat, schemaFormats } from './schema-formats.ts'

export const stringKeywords: Readonly<Record<string, KeywordCompiler>> = {
  minLength: (at) => {
    const least = readCount(at)
    if (least === undefined) return undefined
    return (value, place, run) =>
      typeof value !== 'string' ||
      value.length >= least * 2 ||
      charactersOf(value) >= least ||
      run.fail(place, `expected at least ${least} characters`)
  },
  maxLength: (at) => {
    const most = readCount(at)
    if (most === undefined) return undefined
    return (value, place, run) =>
      typeof value !== 'string' ||
      value.length <= most ||
      (value.length <= most * 2 && charactersOf(value) <= most) ||
      run.fail(place, `expected at most ${most} characters`)
  },
  pattern: ({ value: source, refuse, pattern }) => {
    if (typeof source !== 'string') return refuse('expected a pattern')
    const compiled = pattern(source)
    if (typeof compiled === 'string') return refuse(compiled)
    return (value, place, run) =>
      typeof value !== 'string' ||
      compiled.isIn(value, run) ||
      run.fail(place, `expected a text that the pattern ${source.slice(0, 100)} is found in`)
  },
  format: ({ value: format, refuse }) => {
    if (isAnnotation(format)) return undefined
    if (!isFormat(format)) {
      const known = Object.keys(schemaFormats).join(', ')
      return refuse(`this format is not checked here; known are ${known}. Use a pattern, or leave it out`)
    }
    const { [format]: isOne } = schemaFormats
    return (value, place, run) => {
      if (typeof value !== 'string') return true
      run.spend(1 + value.length / 16)
      return isOne(value) || run.fail(place, `expected a text of the format ${format}`)
    }
  },
}

/** Code points, as the standard counts. */
function charactersOf(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
