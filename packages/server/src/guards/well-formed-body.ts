/**
 * Threat: text that no database and no UTF-8 can hold (NUL, half surrogate pairs) ends a request in our own failure, or
 * makes two different ids equal because both become the replacement character. A field named `__proto__` is dropped in silence
 * by what copies objects.
 * Rule: a body is valid UTF-8; every string of it, keys included, is well-formed Unicode without NUL; no field is named
 * `__proto__`; it nests at most 64 deep. However the media type is written.
 * On failure: request.malformed, or request.invalid with a JSON pointer for each place; nothing else is looked at.
 */
import { isUtf8 } from 'node:buffer'
import type { HonoRequest, MiddlewareHandler } from 'hono'
import { AppError, type FieldError } from '../kernel/app-error.ts'

/** No document of ours nests deeper than 12. */
const maxDepth = 64
/** More wrong places than this are a wrong body, and a list of them helps nobody. */
const maxErrors = 20

export function wellFormedBody(): MiddlewareHandler {
  return async (context, next) => {
    const mediaType = (context.req.header('content-type') ?? '').trim().toLowerCase()
    if (mediaType.startsWith('application/json')) {
      await requireUtf8(context.req)
      const errors = findErrors(await readJson(context.req))
      if (errors.length > 0) throw new AppError('request.invalid', 'body is not well-formed text', { errors })
    }
    await next()
  }
}

/** Read as bytes first: reading as text would put the replacement character where the bytes are no UTF-8. */
async function requireUtf8(request: HonoRequest): Promise<void> {
  const bytes = await request.arrayBuffer().catch((error: unknown) => {
    throw error instanceof AppError
      ? error
      : new AppError('request.malformed', 'the client left before its body was read')
  })
  if (!isUtf8(new Uint8Array(bytes))) throw new AppError('request.malformed', 'body is not UTF-8')
}

/** What is no JSON is refused where the schema is applied, so here it has no errors. */
async function readJson(request: HonoRequest): Promise<unknown> {
  try {
    return await request.json<unknown>()
  } catch {
    return null
  }
}

function findErrors(body: unknown): readonly FieldError[] {
  const errors: FieldError[] = []
  const waiting: { value: unknown; pointer: string; depth: number }[] = [{ value: body, pointer: '', depth: 0 }]
  for (let place = waiting.pop(); place !== undefined && errors.length < maxErrors; place = waiting.pop()) {
    const { value, pointer, depth } = place
    if (typeof value === 'string' && !isWellFormed(value)) {
      errors.push({ pointer, detail: 'expected Unicode text without NUL characters and half surrogate pairs' })
    }
    if (typeof value !== 'object' || value === null) continue
    if (depth >= maxDepth) {
      errors.push({ pointer, detail: `expected at most ${maxDepth} levels` })
      continue
    }
    for (const [key, inner] of Object.entries(value)) {
      const below = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed()}`
      if (!isWellFormed(key))
        errors.push({ pointer: below, detail: 'expected a field name of Unicode text without NUL' })
      if (key === '__proto__') errors.push({ pointer: below, detail: 'expected another field name' })
      waiting.push({ value: inner, pointer: below, depth: depth + 1 })
    }
  }
  return errors
}

function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}
