import type { Uuid } from '@hyponema/contract'
import { auditedRead } from '../../guards/audited-read.ts'
import type { ContentKeys, UserContentKey } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { type Cursor, pageOf, readCursor } from '../../kernel/cursor.ts'
import { pathId } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { RequestContext } from '../../kernel/request-context.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findReadableSession } from './find-readable-session.ts'

/** One page of what is sealed under a session's user: its turns, its decisions, its traces. The reading is audited as `action`. */
export async function readContentPage<Row extends { readonly id: Uuid }, Item>(
  deps: { readonly mutations: Mutations; readonly contentKeys: ContentKeys },
  page: {
    readonly caller: { readonly principal: Principal; readonly request: RequestContext }
    readonly route: string
    readonly action: string
    /** As they came: the session's public id, and where the page begins. */
    readonly id: string
    readonly asked: { readonly cursor?: string | undefined; readonly limit: number }
    readonly list: (
      tx: WorkspaceTx,
      page: { readonly sessionId: Uuid; readonly cursor: Cursor; readonly limit: number },
    ) => Promise<readonly Row[]>
    readonly render: (row: Row, key: UserContentKey) => Item
  },
): Promise<{ data: Item[]; next_cursor: string | null }> {
  const { principal, request } = page.caller
  const { limit } = page.asked
  const sessionId = pathId('session', page.id)
  const cursor = readCursor(page.asked.cursor)
  return auditedRead(deps.mutations, {
    principal,
    request,
    route: page.route,
    entry: { action: page.action, target: { kind: 'session', id: sessionId } },
    read: async (tx) => {
      const session = await findReadableSession(tx, principal, sessionId)
      const rows = await page.list(tx, { sessionId, cursor, limit })
      const key = await deps.contentKeys.forUser(tx, session.userId)
      try {
        return pageOf(rows, limit, (row) => page.render(row, key))
      } finally {
        key.destroy()
      }
    },
  })
}
