/**
 * Threat: a person who has proved an e-mail address enters a workspace that it does not belong to.
 * Rule: who the person is has been proved by sign-in; the workspace is a claim until a membership of that person is found
 * in it, under row security. Nobody enters a canary workspace.
 * On failure: `undefined`, for a workspace that is not there too, after the same work.
 */
import type { Uuid } from '@hyponema/contract'
import type { Principal } from '../kernel/principal.ts'
import { provenScope, unprovenScope, type WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { StoredMembership } from '../platform/postgres/with-unproven.ts'

export type EnteredWorkspace = {
  readonly scope: WorkspaceScope
  readonly membership: StoredMembership
  readonly principal: Principal & { kind: 'operator' }
}

export async function enterAsIdentity(
  database: Pick<Database, 'withUnproven'>,
  person: { workspaceId: Uuid; identityId: Uuid },
): Promise<EnteredWorkspace | undefined> {
  const membership = await database.withUnproven(unprovenScope(person.workspaceId), (tx) =>
    tx.findMembershipOf(person.identityId),
  )
  if (membership === undefined || membership.isCanary) return undefined
  const scope = provenScope(person.workspaceId)
  return { scope, membership, principal: { kind: 'operator', scope, id: membership.id, role: membership.role } }
}
