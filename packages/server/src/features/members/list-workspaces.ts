import type { Role, Uuid } from '@hyponema/contract'
import { enterAsIdentity } from '../../guards/enter-as-identity.ts'
import type { SessionDependencies } from './open-session.ts'

/** The workspaces that a proved person may sign in to, of those asked about, in the same order. */
export async function listWorkspaces(
  deps: Pick<SessionDependencies, 'database'>,
  options: { identityId: Uuid; workspaceIds: readonly Uuid[] },
): Promise<readonly { id: Uuid; name: string; role: Role }[]> {
  const { identityId } = options
  const all = await Promise.all(
    options.workspaceIds.map(async (workspaceId) => {
      const entered = await enterAsIdentity(deps.database, { workspaceId, identityId })
      return entered === undefined
        ? []
        : [{ id: workspaceId, name: entered.membership.workspaceName, role: entered.membership.role }]
    }),
  )
  return all.flat()
}
