/**
 * Threat: somebody acts as an operator without being one, or in another workspace.
 * Rule: an EdDSA JWT of type `hyponema-operator+jwt`, 10 minutes, one workspace, one role (data-boundary 4).
 * On failure: api_key.invalid, as for any credential that is not one.
 */
import { parseUuid, type Role, roles, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Principal } from '../kernel/principal.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import type { SigningKeys } from '../platform/crypto/signing-keys.ts'
import { readToken, signToken, type TokenKind } from './signed-token.ts'

const kind: TokenKind = { typ: 'hyponema-operator+jwt', audience: 'hyponema:workspace-api' }
export const operatorTokenLifeMs = 10 * 60 * 1000

const claimsSchema = z
  .object({ sub: z.string(), workspace: z.string(), role: z.enum(roles), iat: z.int(), exp: z.int() })
  .refine(({ iat, exp }) => (exp - iat) * 1000 <= operatorTokenLifeMs)

export async function issueOperatorToken(options: {
  keys: SigningKeys
  clock: Clock
  workspaceId: Uuid
  operatorId: Uuid
  role: Role
  jti: Uuid
}): Promise<string> {
  const nowMs = options.clock.nowMs()
  return signToken({
    keys: options.keys,
    kind,
    subject: options.operatorId,
    jti: options.jti,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + operatorTokenLifeMs,
    claims: { workspace: options.workspaceId, role: options.role },
  })
}

export async function verifyOperatorToken(options: {
  keys: SigningKeys
  clock: Clock
  token: string
}): Promise<Principal> {
  const parsed = claimsSchema.safeParse(await readToken({ ...options, kind }))
  const id = parsed.success ? parseUuid(parsed.data.sub) : undefined
  const workspaceId = parsed.success ? parseUuid(parsed.data.workspace) : undefined
  if (!parsed.success || id === undefined || workspaceId === undefined) {
    throw new AppError('api_key.invalid', 'not a valid operator token')
  }
  return { kind: 'operator', scope: provenScope(workspaceId), id, role: parsed.data.role }
}
