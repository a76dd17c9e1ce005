import type { Uuid } from '@hyponema/contract'
import { provenScope, type WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { askAs } from './ask-as.ts'
import type { LoginPool } from './login-pool.ts'

const perPage = 1000

/** Every workspace but the canaries, in the order of their ids; for work of the installation that is done in each. */
export async function* listWorkspaces(worker: LoginPool): AsyncGenerator<WorkspaceScope> {
  let last: Uuid | null = null
  for (;;) {
    const page: { workspace_id: Uuid }[] = await askAs<{ workspace_id: Uuid }>(
      worker,
      'select workspace_id from app.workspaces_after($1, $2)',
      [last, perPage],
    )
    for (const { workspace_id: id } of page) yield provenScope(id)
    const end = page.at(-1)
    if (end === undefined || page.length < perPage) return
    last = end.workspace_id
  }
}
