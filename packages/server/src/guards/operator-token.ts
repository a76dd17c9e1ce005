/**
 * Threat: somebody acts as an operator without being one, in another workspace, or after being removed or demoted.
 * Rule: an EdDSA JWT of type `hyponema-operator+jwt`, 10 minutes, one workspace, one membership in one version of it
 * (data-boundary 4). The signature proves only who it was issued to: the membership must be there now, in that version, and
 * the role is what its row says.
 * On failure: api_key.invalid, as for any credential that is not one; member.token_stale where the membership has changed.
 */
import { parseUuid, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Principal } from '../kernel/principal.ts'
import { provenScope, unprovenScope } from '../kernel/workspace-scope.ts'
import type { SigningKeys } from '../platform/crypto/signing-keys.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { MembershipCache } from './membership-cache.ts'
import { readToken, signToken, type TokenKind } from './signed-token.ts'

const kind: TokenKind = { typ: 'hyponema-operator+jwt', audience: 'hyponema:workspace-api' }
export const operatorTokenLifeMs = 10 * 60 * 1000

const claimsSchema = z
  .object({
    sub: z.string(),
    workspace: z.string(),
    membership_version: z.string().regex(/^[1-9]\d{0,9}$/),
    iat: z.int(),
    exp: z.int(),
  })
  .refine(({ iat, exp }) => (exp - iat) * 1000 <= operatorTokenLifeMs)

export type IssuedOperatorToken = { readonly token: string; readonly expiresAt: Date }

/** `version` is that of the membership when the token is issued; the next change ends the token. */
export async function issueOperatorToken(options: {
  keys: SigningKeys
  clock: Clock
  workspaceId: Uuid
  operatorId: Uuid
  version: number
  jti: Uuid
}): Promise<IssuedOperatorToken> {
  const nowMs = Math.floor(options.clock.nowMs() / 1000) * 1000
  const expiresAtMs = nowMs + operatorTokenLifeMs
  const token = await signToken({
    keys: options.keys,
    kind,
    subject: options.operatorId,
    jti: options.jti,
    issuedAtMs: nowMs,
    expiresAtMs,
    claims: { workspace: options.workspaceId, membership_version: String(options.version) },
  })
  return { token, expiresAt: new Date(expiresAtMs) }
}

export type OperatorTokenVerifier = (token: string) => Promise<Principal>

export function createOperatorTokenVerifier(options: {
  database: Pick<Database, 'withUnproven'>
  keys: SigningKeys
  clock: Clock
  memberships: MembershipCache
}): OperatorTokenVerifier {
  return async (token) => {
    const parsed = claimsSchema.safeParse(await readToken({ ...options, kind, token }))
    const id = parsed.success ? parseUuid(parsed.data.sub) : undefined
    const workspaceId = parsed.success ? parseUuid(parsed.data.workspace) : undefined
    if (!parsed.success || id === undefined || workspaceId === undefined) {
      throw new AppError('api_key.invalid', 'not a valid operator token')
    }
    const membership = await options.memberships.find({ workspaceId, id }, () =>
      options.database.withUnproven(unprovenScope(workspaceId), (tx) => tx.findMembership(id)),
    )
    if (
      membership === undefined ||
      membership.isCanary ||
      String(membership.version) !== parsed.data.membership_version
    )
      throw new AppError('member.token_stale', `membership ${id} is gone or has changed since the token was issued`)
    const { role, version } = membership
    return { kind: 'operator', scope: provenScope(workspaceId), id, role, version }
  }
}
