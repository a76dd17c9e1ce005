import { encodeId, type Uuid } from '@hyponema/contract'
import { auditedTransaction } from '../../guards/audited-transaction.ts'
import type { MembershipCache } from '../../guards/membership-cache.ts'
import {
  hashFamilySecret,
  hashRefreshToken,
  judgeRefresh,
  type ProvenRefresh,
  proveRefresh,
  type RefreshClaim,
  refreshLifeMs,
} from '../../guards/refresh-family.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { RequestContext } from '../../kernel/request-context.ts'
import { equalHashes } from '../../platform/crypto/keyed-hash.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findWorkspace } from '../workspaces/public.ts'
import { type OpenedSession, renderSession, type SessionDependencies } from './open-session.ts'
import {
  bumpMemberVersion,
  deleteExpiredTokens,
  extendFamily,
  findLiveChild,
  findMember,
  findToken,
  insertToken,
  lockFamily,
  type MemberRow,
  markTokenReplaced,
  markTokenUsed,
  revokeFamilies,
} from './store.ts'

type Dependencies = SessionDependencies & { readonly memberships: MembershipCache }

type Outcome =
  | { readonly kind: 'rotated'; readonly member: MemberRow; readonly workspaceName: string }
  | { readonly kind: 'ended' }
  | { readonly kind: 'reused'; readonly member: MemberRow }

/**
 * Exchanges the token of a cookie for its child and an access token, as the state machine of guards/refresh-family.ts says.
 * Undefined when the sign-in has ended, whatever the reason; a token that came back has ended it by then.
 */
export async function rotateSession(
  deps: Dependencies,
  claim: RefreshClaim,
  request: RequestContext,
): Promise<OpenedSession | undefined> {
  const proven = await proveRefresh(deps.database, claim)
  if (proven === undefined) return undefined
  const token = deps.randomBytes(32)
  const outcome = await deps.database.withWorkspace(proven.scope, (tx) =>
    rotateToken(tx, deps, { claim, proven, child: token }),
  )
  if (outcome.kind === 'reused') await endReusedFamily(deps, { proven, member: outcome.member, request, claim })
  if (outcome.kind !== 'rotated') return undefined
  const { member, workspaceName } = outcome
  return renderSession(deps, {
    scope: proven.scope,
    membership: { ...member, workspaceName, isCanary: false },
    familyId: claim.familyId,
    token,
    familySecret: claim.familySecret,
  })
}

async function rotateToken(
  tx: WorkspaceTx,
  deps: Dependencies,
  { claim, proven, child }: { claim: RefreshClaim; proven: ProvenRefresh; child: Buffer },
): Promise<Outcome> {
  const now = new Date(deps.clock.nowMs())
  const { familyId } = claim
  const family = await lockFamily(tx, familyId)
  const [token, liveChild, member, workspace] = await Promise.all([
    findToken(tx, proven.token.id),
    findLiveChild(tx, { familyId, id: proven.token.id }),
    findMember(tx, proven.token.membershipId),
    findWorkspace(tx),
  ])
  if (family === undefined || token === undefined || member === undefined || workspace === undefined)
    return { kind: 'ended' }
  const secretMatches = equalHashes(hashFamilySecret(claim.familySecret), family.secretSha256)
  const verdict = judgeRefresh({ family, token, liveChild, secretMatches, nowMs: now.getTime() })
  if (verdict === 'ended') return { kind: 'ended' }
  if (verdict === 'reused') return { kind: 'reused', member }
  if (verdict === 'rotate') await markTokenUsed(tx, token.id, now)
  else if (liveChild !== undefined) await markTokenReplaced(tx, liveChild.id, now)
  const expiresAt = new Date(now.getTime() + refreshLifeMs)
  await insertToken(tx, {
    id: deps.newId(),
    familyId,
    parentId: token.id,
    tokenSha256: hashRefreshToken(child),
    now,
    expiresAt,
  })
  await extendFamily(tx, familyId, expiresAt)
  await deleteExpiredTokens(tx, familyId, now)
  return { kind: 'rotated', member, workspaceName: workspace.name }
}

/**
 * A transaction of its own, because a rotation leaves no audit event and this one does. Between the two a use of the leaf
 * may succeed once more; what it made ends here too.
 */
async function endReusedFamily(
  deps: Dependencies,
  {
    proven,
    member,
    request,
    claim,
  }: { proven: ProvenRefresh; member: MemberRow; request: RequestContext; claim: { familyId: Uuid } },
): Promise<void> {
  const { scope } = proven
  const principal: Principal = { kind: 'operator', scope, id: member.id, role: member.role }
  await auditedTransaction({ ...deps, scope, principal, request }, async (tx) => {
    // The member before its families, as everywhere, so that two transactions wait and do not lock each other out.
    await bumpMemberVersion(tx, member.id)
    const reason = { now: new Date(deps.clock.nowMs()), revokedFor: 'reused' as const }
    const ended = await revokeFamilies(tx, { familyId: claim.familyId }, reason)
    if (ended.length === 0) return tx.withoutChange(undefined)
    await tx.audit({
      action: 'operator.session_revoked',
      target: { kind: 'operator', id: member.id },
      after: { family: encodeId('refreshFamily', claim.familyId) },
      reason: 'reused',
    })
  })
  deps.memberships.forget({ workspaceId: scope.workspaceId, id: member.id })
}
