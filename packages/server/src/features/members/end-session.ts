import { encodeId } from '@hyponema/contract'
import { auditedTransaction } from '../../guards/audited-transaction.ts'
import type { MembershipCache } from '../../guards/membership-cache.ts'
import { hashFamilySecret, proveRefresh, type RefreshClaim } from '../../guards/refresh-family.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { RequestContext } from '../../kernel/request-context.ts'
import { equalHashes } from '../../platform/crypto/keyed-hash.ts'
import type { SessionDependencies } from './open-session.ts'
import { bumpMemberVersion, findMember, lockFamily, revokeFamilies } from './store.ts'

/**
 * Signs out of one workspace in one browser: the family of the cookie ends, and with it every access token of the member;
 * the member's other sign-ins get new ones by their next refresh. Any token of the family will do, also one that was used:
 * who holds it may end the sign-in. A sign-in that has ended stays as it is; only one that went on is answered true.
 */
export async function endSession(
  deps: SessionDependencies & { readonly memberships: MembershipCache },
  claim: RefreshClaim,
  request: RequestContext,
): Promise<boolean> {
  const proven = await proveRefresh(deps.database, claim)
  if (proven === undefined) return false
  const { scope } = proven
  const id = proven.token.membershipId
  const member = await deps.database.withWorkspace(scope, (tx) => findMember(tx, id))
  if (member === undefined) return false
  const principal: Principal = { kind: 'operator', scope, id, role: member.role }
  const hasEnded = await auditedTransaction({ ...deps, scope, principal, request }, async (tx) => {
    await bumpMemberVersion(tx, id)
    const family = await lockFamily(tx, claim.familyId)
    const secretMatches = family !== undefined && equalHashes(hashFamilySecret(claim.familySecret), family.secretSha256)
    const reason = { now: new Date(deps.clock.nowMs()), revokedFor: 'signed_out' as const }
    const ended = secretMatches ? await revokeFamilies(tx, { familyId: claim.familyId }, reason) : []
    if (ended.length === 0) return tx.withoutChange(false)
    await tx.audit({
      action: 'operator.signed_out',
      target: { kind: 'operator', id },
      after: { family: encodeId('refreshFamily', claim.familyId) },
    })
    return true
  })
  deps.memberships.forget({ workspaceId: scope.workspaceId, id })
  return hasEnded
}
