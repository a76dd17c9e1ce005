import type { z } from 'zod'
import type { FieldError } from './app-error.ts'
import { jsonPointer } from './json-pointer.ts'

/** More wrong places than this are another document, and an answer must not outgrow its question. */
const maxErrors = 100

/** Turns zod issues into JSON pointers (RFC 6901), one for each of the first 100 wrong places. `base` is put before each pointer. */
export function fieldErrors(error: z.ZodError, base = ''): readonly FieldError[] {
  return error.issues
    .slice(0, maxErrors)
    .flatMap((issue) => errorsOf(issue, base))
    .slice(0, maxErrors)
}

function errorsOf(issue: z.core.$ZodIssue, base: string): readonly FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    // `strictFields` writes one line for each of the first keys: what was probably meant.
    const lines = issue.message.startsWith('Unrecognized key') ? [] : issue.message.split('\n')
    return issue.keys.slice(0, maxErrors).map((key, index) => ({
      pointer: base + jsonPointer([...issue.path, key]),
      detail: lines[index] ?? 'this field is not known; remove it or correct its name',
    }))
  }
  const pointer = base + jsonPointer(issue.path)
  if (issue.code === 'invalid_union') {
    const meant = meantForm(issue.errors)
    if (meant !== undefined) return meant.flatMap((inner) => errorsOf(inner, pointer))
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ pointer, detail: message }))
  return [{ pointer, detail: isMissing(issue) ? `missing; expected ${issue.expected}` : issue.message }]
}

/** Of the forms that a value may have, the one that it fits furthest into; the first where none is further than another. */
function meantForm(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(...issues.map(({ path }) => path.length))
  return forms.toSorted((left, right) => depth(right) - depth(left))[0]
}

function isMissing(issue: z.core.$ZodIssue): issue is z.core.$ZodIssueInvalidType {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
}
