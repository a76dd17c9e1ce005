/**
 * Threat: a token speaks for a session that is not the one it was signed for any more: its row, its variables or the
 * agent's list of origins were changed behind our back.
 * Rule: what a token binds (data-boundary 3) is compared with what is found when the session begins: agent, version, user,
 * modality and client with the row, the SHA-256 of variables and origins with those that will be used.
 * On failure: session.token_invalid; nothing of the session has begun.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import { canonicalJson } from '../platform/crypto/canonical-json.ts'
import { sha256 } from '../platform/crypto/sha256.ts'
import type { SessionClaims } from './session-token.ts'

/** What the database holds of a session that begins. */
export type FoundSession = {
  readonly agentId: Uuid
  readonly agentVersion: number
  readonly userId: Uuid
  readonly modality: SessionClaims['modality']
  readonly client: SessionClaims['client']
  readonly variables: Readonly<Record<string, string>>
  /** The list of the agent version. */
  readonly origins: readonly string[]
}

/** RFC 8785 bytes, so that the order of names says nothing. */
export function variablesSha256(variables: Readonly<Record<string, string>>): Buffer {
  return sha256(canonicalJson(variables))
}

export function originsSha256(origins: readonly string[]): Buffer {
  return sha256(canonicalJson([...origins].sort()))
}

export function requireBinding(claims: Omit<SessionClaims, 'kind'>, found: FoundSession): void {
  const compared: readonly (readonly [string, string | number, string | number])[] = [
    ['agent', claims.agentId, found.agentId],
    ['agent version', claims.agentVersion, found.agentVersion],
    ['user', claims.userId, found.userId],
    ['modality', claims.modality, found.modality],
    ['client', claims.client, found.client],
    ['variables', claims.variablesSha256, variablesSha256(found.variables).toString('hex')],
    ['origins', claims.originsSha256, originsSha256(found.origins).toString('hex')],
  ]
  const other = compared.find(([, signed, there]) => signed !== there)
  if (other !== undefined) throw new AppError('session.token_invalid', `the token was signed for another ${other[0]}`)
}
