/**
 * Threat: a forged, altered, borrowed or outlived token opens a conversation.
 * Rule: an EdDSA JWT of type `hyponema-session+jwt` binds workspace, agent, agent version, user, session, the SHA-256 of
 * the canonical variables, the hash of the origin list, modality and client (data-boundary 3). What it says is believed
 * only after its signature; whether the session still lives is the row's word, never the token's. However long a
 * session, a `turn` token lives an hour at most and a `connect` token five minutes. A `resume` token says only which session it
 * belongs to: whether it opens anything is known by the process that holds the lost session.
 * On failure: session.token_invalid, the same for every reason.
 */
import { clients, modalities, parseUuid, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import { provenScope, type WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { SigningKeys } from '../platform/crypto/signing-keys.ts'
import { readToken, signToken, type TokenKind } from './signed-token.ts'

const kind: TokenKind = { typ: 'hyponema-session+jwt', audience: 'hyponema:session' }

const uuidSchema = z.string().transform((text, context): Uuid => {
  const uuid = parseUuid(text)
  if (uuid !== undefined) return uuid
  context.addIssue({ code: 'custom', message: 'no UUID' })
  return z.NEVER
})
/** The longest life of a token in seconds (data-boundary 3). */
const maxLifeSeconds = { turn: 3600, connect: 300, resume: 3600 } as const

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)

const claimsSchema = z
  .object({
    sub: uuidSchema,
    jti: uuidSchema,
    workspace: uuidSchema,
    agent: uuidSchema,
    agent_version: z.string().regex(/^[1-9]\d{0,8}$/),
    user: uuidSchema,
    variables_sha256: sha256Schema,
    origins_sha256: sha256Schema,
    modality: z.enum(modalities),
    client: z.enum(clients),
    kind: z.enum(['turn', 'connect', 'resume']),
    iat: z.int(),
    exp: z.int(),
  })
  .refine((claims) => claims.exp - claims.iat <= maxLifeSeconds[claims.kind])

/** What a verified token says. */
export type SessionClaims = {
  readonly sessionId: Uuid
  readonly scope: WorkspaceScope
  readonly agentId: Uuid
  readonly agentVersion: number
  readonly userId: Uuid
  readonly variablesSha256: string
  readonly originsSha256: string
  readonly modality: (typeof modalities)[number]
  readonly client: (typeof clients)[number]
  readonly kind: 'turn' | 'connect' | 'resume'
  readonly jti: Uuid
}

/** Signs a token that ends with `expiresAtMs`, or with the longest life of its kind when that comes first. */
export async function issueSessionToken(options: {
  keys: SigningKeys
  clock: Clock
  claims: SessionClaims
  expiresAtMs: number
}): Promise<string> {
  const { claims } = options
  const issuedAtMs = options.clock.nowMs()
  return signToken({
    keys: options.keys,
    kind,
    subject: claims.sessionId,
    jti: claims.jti,
    issuedAtMs,
    expiresAtMs: Math.min(options.expiresAtMs, issuedAtMs + maxLifeSeconds[claims.kind] * 1000),
    claims: {
      workspace: claims.scope.workspaceId,
      agent: claims.agentId,
      agent_version: String(claims.agentVersion),
      user: claims.userId,
      variables_sha256: claims.variablesSha256,
      origins_sha256: claims.originsSha256,
      modality: claims.modality,
      client: claims.client,
      kind: claims.kind,
    },
  })
}

/** Throws session.token_invalid for everything but a valid token. */
export async function verifySessionToken(options: {
  keys: SigningKeys
  clock: Clock
  token: string
}): Promise<SessionClaims> {
  const payload = await readToken({ ...options, kind })
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) throw new AppError('session.token_invalid', 'not a valid session token')
  const claims = parsed.data
  return {
    sessionId: claims.sub,
    scope: provenScope(claims.workspace),
    agentId: claims.agent,
    agentVersion: Number(claims.agent_version),
    userId: claims.user,
    variablesSha256: claims.variables_sha256,
    originsSha256: claims.origins_sha256,
    modality: claims.modality,
    client: claims.client,
    kind: claims.kind,
    jti: claims.jti,
  }
}
