import { decodeId, type IdKind, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { AppError } from './app-error.ts'

/** The `{id}` of a path as the wire has it. Its form is checked by `pathId`, so that a malformed id is simply not there. */
export const idParamsSchema = z.object({ id: z.string() })

/**
 * Reads a path's id. An id of the wrong form answers exactly as one that does not exist: "not yours", "not there" and
 * "not an id" are the same 404 (product.md).
 */
export function pathId(kind: IdKind, text: string): Uuid {
  const uuid = decodeId(kind, text)
  if (uuid === undefined) throw notFound(kind)
  return uuid
}

/** An id in a body, whose form the schema has checked already. */
export function bodyId(kind: IdKind, text: string, pointer: string): Uuid {
  const uuid = decodeId(kind, text)
  if (uuid === undefined) {
    throw new AppError('request.invalid', `${pointer} is no ${kind} id`, {
      errors: [{ pointer, detail: `expected the id of a ${kind}` }],
    })
  }
  return uuid
}

export function notFound(what: string): AppError {
  return new AppError('request.not_found', `no such ${what} in this workspace`)
}
