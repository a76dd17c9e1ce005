import { parseUuid, type Uuid } from '@hyponema/contract'
import { AppError } from './app-error.ts'

/** Where a list goes on: the last id of the page before. Opaque to clients; ids are time-ordered, so they are the order too. */
export type Cursor = Uuid | undefined

export function readCursor(text: string | undefined): Cursor {
  if (text === undefined) return undefined
  const uuid = parseUuid(Buffer.from(text, 'base64url').toString('latin1'))
  if (uuid !== undefined && makeCursor(uuid) === text) return uuid
  throw new AppError('request.invalid', 'cursor unreadable', {
    errors: [{ pointer: '/cursor', detail: 'send the next_cursor of an earlier page unchanged, or leave it out' }],
  })
}

function makeCursor(uuid: Uuid): string {
  return Buffer.from(uuid, 'latin1').toString('base64url')
}

/** Cuts a page out of `limit + 1` rows: the one too many says that there is another page. */
export function pageOf<Row extends { readonly id: Uuid }, Item>(
  rows: readonly Row[],
  limit: number,
  render: (row: Row) => Item,
): { data: Item[]; next_cursor: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    data: page.map(render),
    next_cursor: rows.length > limit && last !== undefined ? makeCursor(last.id) : null,
  }
}
