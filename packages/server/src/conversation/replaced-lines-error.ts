import type { CompiledPolicy } from '@hyponema/policy'

/** For the log: where the lines stand that gave way to floors, and to which rule; not what they say. */
export function replacedLinesError({ replacedLines }: Pick<CompiledPolicy, 'replacedLines'>): Error {
  const places = replacedLines.map(({ layer, pointer, violates }) => `${layer} at ${pointer} violates ${violates}`)
  return new Error(places.join('; '))
}
