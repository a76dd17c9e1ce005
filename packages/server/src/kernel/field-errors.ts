import type { z } from 'zod'
import type { FieldError } from './app-error.ts'

/** Turns zod issues into JSON pointers (RFC 6901), one for each wrong place. `base` is put before each pointer. */
export function fieldErrors(error: z.ZodError, base = ''): readonly FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        pointer: base + pointer([...issue.path, key]),
        detail: 'this field is not known; remove it or correct its name',
      }))
    }
    return [{ pointer: base + pointer(issue.path), detail: issue.message }]
  })
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
