import type { Uuid } from '@hyponema/contract'
import { auditedRead } from '../../guards/audited-read.ts'
import type { ContentKeys, UserContentKey } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { pageOf } from '../../kernel/cursor.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { RequestContext } from '../../kernel/request-context.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findReadableSession } from './find-readable-session.ts'

/** One page of what is sealed under a session's user: its turns, its decisions. The reading is audited as `action`. */
export async function readContentPage<Row extends { readonly id: Uuid }, Item>(
  deps: { readonly mutations: Mutations; readonly contentKeys: ContentKeys },
  page: {
    readonly caller: { readonly principal: Principal; readonly request: RequestContext }
    readonly route: string
    readonly action: string
    readonly sessionId: Uuid
    readonly limit: number
    readonly list: (tx: WorkspaceTx) => Promise<readonly Row[]>
    readonly render: (row: Row, key: UserContentKey) => Item
  },
): Promise<{ data: Item[]; next_cursor: string | null }> {
  const { principal, request } = page.caller
  return auditedRead(deps.mutations, {
    principal,
    request,
    route: page.route,
    entry: { action: page.action, target: { kind: 'session', id: page.sessionId } },
    read: async (tx) => {
      const session = await findReadableSession(tx, principal, page.sessionId)
      const rows = await page.list(tx)
      const key = await deps.contentKeys.forUser(tx, session.userId)
      try {
        return pageOf(rows, page.limit, (row) => page.render(row, key))
      } finally {
        key.destroy()
      }
    },
  })
}
