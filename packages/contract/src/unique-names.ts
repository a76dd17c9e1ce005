import type { z } from 'zod'

/**
 * For `superRefine` of a list: each entry has another value under `field`, because of two that are called the same one would
 * be forgotten without a word.
 */
export function uniqueNames<const Field extends string>(field: Field) {
  return (
    entries: readonly Readonly<Record<Field, string>>[],
    context: Pick<z.core.$RefinementCtx, 'addIssue'>,
  ): void => {
    const seen = new Set<string>()
    for (const [index, entry] of entries.entries()) {
      const name = entry[field]
      if (seen.has(name)) {
        context.addIssue({
          code: 'custom',
          path: [index, field],
          message: `expected a ${field} of its own, found ${name} a second time`,
        })
      }
      seen.add(name)
    }
  }
}
