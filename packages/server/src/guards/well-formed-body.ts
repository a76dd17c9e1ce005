/**
 * Threat: a stranger makes us read and parse; a body that comes drop by drop holds a connection for ever; text that no
 * database and no UTF-8 can hold (NUL, half surrogate pairs) ends a request in our own failure, or makes two different ids
 * equal because both become the replacement character. A field named `__proto__` is dropped in silence by what copies objects.
 * Rule: stands behind the credential, so that nobody unknown is read. A body comes within 10 s and is at most 1 MiB, whatever
 * its headers said. It is valid UTF-8; every string of it, keys included, is well-formed Unicode without NUL; no field is named
 * `__proto__`; it nests at most 64 deep and has at most 50,000 values. However the media type is written.
 * On failure: request.timeout or request.too_large, which close the connection, request.malformed, or request.invalid with a
 * JSON pointer for each place; nothing else is looked at.
 */
import { isUtf8 } from 'node:buffer'
import type { HonoRequest, MiddlewareHandler } from 'hono'
import { AppError, type FieldError } from '../kernel/app-error.ts'
import { jsonPointer } from '../kernel/json-pointer.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { readBody } from './read-body.ts'
import { maxBodyBytes } from './request-edge.ts'

/** 1 MiB in 10 s is 0.8 Mbit/s; backends and browsers send a few kB. */
const bodyTimeoutMs = 10_000
/** No document of ours nests deeper than 12. */
const maxDepth = 64
/** The largest policy and the largest script together have 20,000 values. zod fails on a list of some 100,000 mistakes. */
const maxValues = 50_000
/** More wrong places than this are a wrong body, and a list of them helps nobody. */
const maxErrors = 20

/** Install behind whatever proves who asks; where nobody does, with fewer bytes. Later readers of the body get what was read here. */
export function wellFormedBody(options: { timeoutMs?: number; maxBytes?: number } = {}): MiddlewareHandler<ApiEnv> {
  const read = readBody({ timeoutMs: options.timeoutMs ?? bodyTimeoutMs, maxBytes: options.maxBytes ?? maxBodyBytes })
  return async (context, next) => {
    const bytes = await read(context)
    if (!isUtf8(new Uint8Array(bytes))) throw new AppError('request.malformed', 'body is not UTF-8')
    if (bytes.byteLength > 0) {
      const errors = findErrors(await readJson(context.req))
      if (errors.length > 0) throw new AppError('request.invalid', 'body is not well-formed text', { errors })
    }
    await next()
  }
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
  let values = 0
  for (let place = waiting.pop(); place !== undefined && errors.length < maxErrors; place = waiting.pop()) {
    const { value, pointer, depth } = place
    values += 1
    if (values > maxValues) return [{ pointer: '', detail: `expected at most ${maxValues} values` }]
    if (typeof value === 'string' && !isWellFormed(value)) {
      errors.push({ pointer, detail: 'expected Unicode text without NUL characters and half surrogate pairs' })
    }
    if (typeof value !== 'object' || value === null) continue
    if (depth >= maxDepth) {
      errors.push({ pointer, detail: `expected at most ${maxDepth} levels` })
      continue
    }
    for (const [key, inner] of Object.entries(value)) {
      const below = `${pointer}${jsonPointer([key.toWellFormed()])}`
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
