import type { Uuid } from '@hyponema/contract'
import { type AuditedTx, auditedTransaction } from '../../guards/audited-transaction.ts'
import { enterAsIdentity } from '../../guards/enter-as-identity.ts'
import type { MembershipCache } from '../../guards/membership-cache.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { RequestContext } from '../../kernel/request-context.ts'
import type { SessionDependencies } from './open-session.ts'
import { bumpMemberVersion, revokeFamilies } from './store.ts'

/** Ends every sign-in of a member and every access token of it. */
export async function endAllSessions(tx: AuditedTx, input: { membershipId: Uuid; clock: Clock }): Promise<void> {
  const { membershipId } = input
  await bumpMemberVersion(tx, membershipId)
  const reason = { now: new Date(input.clock.nowMs()), revokedFor: 'signed_out_everywhere' as const }
  const ended = await revokeFamilies(tx, { membershipId }, reason)
  await tx.audit({
    action: 'operator.signed_out_everywhere',
    target: { kind: 'operator', id: membershipId },
    after: { families: ended.length },
  })
}

/**
 * The same for a person in several workspaces, each in a transaction of its own with its own audit event. What fails in one
 * does not keep the others; it is thrown when all were tried.
 */
export async function endSessionsIn(
  deps: SessionDependencies & { readonly memberships: MembershipCache },
  options: { identityId: Uuid; workspaceIds: readonly Uuid[]; request: RequestContext },
): Promise<void> {
  const { identityId, request } = options
  const ends = await Promise.allSettled(
    options.workspaceIds.map(async (workspaceId) => {
      const entered = await enterAsIdentity(deps.database, { workspaceId, identityId })
      if (entered === undefined) return
      const membershipId = entered.membership.id
      await auditedTransaction({ ...deps, ...entered, request }, (tx) =>
        endAllSessions(tx, { membershipId, clock: deps.clock }),
      )
      deps.memberships.forget({ workspaceId, id: membershipId })
    }),
  )
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
