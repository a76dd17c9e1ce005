import { parseUuid } from '@hyponema/contract'
import { provenScope, type WorkspaceScope } from '../../kernel/workspace-scope.ts'

/**
 * The reserved workspace of the installation's own log and checks; `app.installation_workspace()` says the same. No key,
 * token or membership can name it, because none is ever made for it.
 */
export function installationScope(): WorkspaceScope {
  const id = parseUuid('00000000-0000-7000-8000-000000000000')
  if (id === undefined) throw new RangeError('the reserved workspace id is not a UUID')
  return provenScope(id)
}
