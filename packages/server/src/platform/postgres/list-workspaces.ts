import { parseUuid } from '@hyponema/contract'
import { provenScope, type WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { askAs } from './ask-as.ts'
import type { LoginPool } from './login-pool.ts'

const perPage = 1000

/** Every workspace but the canaries, in the order of their ids; for work of the installation that is done in each. */
export async function* listWorkspaces(worker: LoginPool): AsyncGenerator<WorkspaceScope> {
  let last: string | null = null
  for (;;) {
    const page: readonly { id: string }[] = await askAs<{ id: string }>(
      worker,
      'select workspace_id as id from app.workspaces_after($1, $2)',
      [last, perPage],
    )
    for (const { id } of page) {
      const workspaceId = parseUuid(id)
      if (workspaceId !== undefined) yield provenScope(workspaceId)
    }
    const end = page.at(-1)
    if (end === undefined || page.length < perPage) return
    last = end.id
  }
}
