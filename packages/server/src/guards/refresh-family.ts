/**
 * Threat: a refresh cookie is stolen and used beside its owner, guessed, or kept after the sign-in has ended.
 * Rule: a family begins with a sign-in to one workspace. Its cookie holds a token, which each use replaces by a child, and
 * the family's own secret; hashes of both are kept. A token that comes back after its use was copied, and nobody can tell
 * by whom: the whole family ends, and the access tokens with it.
 * On failure: member.session_ended, the same for every reason. A text with no token of the family changes nothing, because
 * ids are not secret and a stranger could end somebody's sign-in otherwise.
 *
 *            use                      use of its child
 *   [leaf] -------> [used, child is leaf] -------> [used, child is used]
 *     |                |        ^                          |
 *     |                |        | again, within 10 s,      | again, whenever
 *     |                |        | with the secret:         v
 *     |                |--------+ the child is replaced  family revoked: reused
 *     |                |          by a sibling             ^
 *     |                +- again, later or without it ------+
 *     +-- replaced by a sibling: [replaced] -- use --------+
 *
 * At any time at most one token of a family can be used: the leaf. Revoked (signed out, reused), expired, or its membership
 * gone: no token can.
 */
import { decodeId, encodeId, type Uuid } from '@hyponema/contract'
import { takesSecureCookies } from '../kernel/takes-secure-cookies.ts'
import { provenScope, unprovenScope, type WorkspaceScope } from '../kernel/workspace-scope.ts'
import { sha256 } from '../platform/crypto/sha256.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { StoredRefreshToken } from '../platform/postgres/with-unproven.ts'
import { makeSecretText, parseSecretText } from './secret-text.ts'

/** From its last use; a browser that was not opened for a month signs in again. */
export const refreshLifeMs = 30 * 24 * 60 * 60 * 1000
/** A browser repeats a request whose answer was lost; ten seconds are longer than it waits. */
export const graceMs = 10_000

const form = { prefix: 'hyr_', secrets: 2 } as const

/** What a cookie holds, unverified. */
export type RefreshClaim = {
  readonly workspaceId: Uuid
  readonly familyId: Uuid
  readonly token: Buffer
  readonly familySecret: Buffer
}

export function makeRefreshText(claim: RefreshClaim): string {
  const secrets = [claim.token, claim.familySecret]
  return makeSecretText(form, { workspaceId: claim.workspaceId, id: claim.familyId, secrets })
}

function parseRefreshText(text: string): RefreshClaim | undefined {
  const claim = parseSecretText(form, text)
  const [token, familySecret] = claim?.secrets ?? []
  if (claim === undefined || token === undefined || familySecret === undefined) return undefined
  return { workspaceId: claim.workspaceId, familyId: claim.id, token, familySecret }
}

export function hashRefreshToken(token: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.from('refresh token '), token]))
}

export function hashFamilySecret(secret: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.from('refresh family '), secret]))
}

/**
 * A cookie of the prefix `__Secure-` has to be Secure, which browsers drop over plain http of another machine: there it has
 * the plain name.
 */
export function refreshCookieName(familyId: Uuid, publicOrigin: string): string {
  return `${namePrefix(publicOrigin)}${encodeId('refreshFamily', familyId)}`
}

function namePrefix(publicOrigin: string): string {
  return takesSecureCookies(publicOrigin) ? '__Secure-refresh-' : 'refresh-'
}

/** More sign-ins than this in one browser are not looked at; each is one look-up. */
const maxCookies = 16

/**
 * The refresh cookies of a request whose name and text say the same family, those of the newest sign-in first; of `family`
 * alone where it is given. Browsers send the oldest first, so which ones are looked at is decided after they are put in
 * order. How many there can be at all is bounded by the length of a request's headers.
 */
export function readRefreshCookies(
  header: string | undefined,
  { publicOrigin, family }: { readonly publicOrigin: string; readonly family?: Uuid | undefined },
): readonly RefreshClaim[] {
  const prefix = namePrefix(publicOrigin)
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .flatMap((pair) => {
      const end = pair.indexOf('=')
      const familyId = decodeId('refreshFamily', pair.slice(prefix.length, end))
      const claim = parseRefreshText(pair.slice(end + 1))
      return claim !== undefined && claim.familyId === familyId ? [claim] : []
    })
    .filter(({ familyId }) => family === undefined || familyId === family)
    .toSorted((one, other) => (one.familyId < other.familyId ? 1 : -1))
    .slice(0, maxCookies)
}

export type ProvenRefresh = { readonly scope: WorkspaceScope; readonly token: StoredRefreshToken }

/** Enters the workspace of a cookie whose token was once handed out in its family, whatever became of it. */
export async function proveRefresh(
  database: Pick<Database, 'withUnproven'>,
  claim: RefreshClaim,
): Promise<ProvenRefresh | undefined> {
  const token = await database.withUnproven(unprovenScope(claim.workspaceId), (tx) =>
    tx.findRefreshToken(claim.familyId, hashRefreshToken(claim.token)),
  )
  if (token === undefined || token.isCanary) return undefined
  return { scope: provenScope(claim.workspaceId), token }
}

export type FamilyState = { readonly expiresAt: Date; readonly revokedAt: Date | null }
export type TokenState = {
  readonly expiresAt: Date
  readonly usedAt: Date | null
  readonly replacedAt: Date | null
}

/** `rotate`: make a child. `replace_child`: the child dies and a sibling takes its place. */
export type RefreshVerdict = 'rotate' | 'replace_child' | 'reused' | 'ended'

/** Judges a token of the family, both read under the family's lock. `liveChild` is its child that was not replaced. */
export function judgeRefresh(options: {
  family: FamilyState
  token: TokenState
  liveChild: TokenState | undefined
  secretMatches: boolean
  nowMs: number
}): RefreshVerdict {
  const { family, token, liveChild, secretMatches, nowMs } = options
  if (family.revokedAt !== null || family.expiresAt.getTime() <= nowMs) return 'ended'
  if (token.expiresAt.getTime() <= nowMs) return 'ended'
  if (token.replacedAt !== null) return 'reused'
  if (token.usedAt === null) return secretMatches ? 'rotate' : 'ended'
  const isRepeat = secretMatches && nowMs - token.usedAt.getTime() <= graceMs
  return isRepeat && liveChild !== undefined && liveChild.usedAt === null ? 'replace_child' : 'reused'
}
