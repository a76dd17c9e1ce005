import type { Role, Uuid } from '@hyponema/contract'
import { encodeId } from '@hyponema/contract'
import { auditedTransaction } from '../../guards/audited-transaction.ts'
import { type EnteredWorkspace, enterAsIdentity } from '../../guards/enter-as-identity.ts'
import { issueOperatorToken } from '../../guards/operator-token.ts'
import {
  hashFamilySecret,
  hashRefreshToken,
  makeRefreshText,
  refreshCookieName,
  refreshLifeMs,
} from '../../guards/refresh-family.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { RequestContext } from '../../kernel/request-context.ts'
import type { RandomBytes } from '../../platform/crypto/random-bytes.ts'
import type { SigningKeys } from '../../platform/crypto/signing-keys.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { holdMember, insertFamily, insertToken } from './store.ts'

export type SessionDependencies = {
  readonly database: Pick<Database, 'withWorkspace' | 'withUnproven'>
  readonly clock: Clock
  readonly newId: NewId
  readonly randomBytes: RandomBytes
  readonly signingKeys: SigningKeys
  readonly publicOrigin: string
}

/** What a browser gets when a sign-in begins and at each refresh. The cookie goes to `/auth/refresh` only. */
export type OpenedSession = {
  readonly accessToken: string
  readonly expiresAt: Date
  readonly familyId: Uuid
  readonly operatorId: Uuid
  readonly workspace: { readonly id: Uuid; readonly name: string }
  readonly role: Role
  readonly cookie: { readonly name: string; readonly value: string; readonly maxAgeSeconds: number }
}

/**
 * Begins a sign-in of a proved person in one workspace: a new family with its first token, audited. Undefined where the
 * person is no member of it, or there is no such workspace.
 */
export async function openSession(
  deps: SessionDependencies,
  options: { workspaceId: Uuid; identityId: Uuid; request: RequestContext },
): Promise<OpenedSession | undefined> {
  const entered = await enterAsIdentity(deps.database, options)
  if (entered === undefined) return undefined
  const { scope, membership, principal } = entered
  const [familyId, tokenId] = [deps.newId(), deps.newId()]
  const secrets = { token: deps.randomBytes(32), familySecret: deps.randomBytes(32) }
  const now = new Date(deps.clock.nowMs())
  const expiresAt = new Date(now.getTime() + refreshLifeMs)
  const member = await auditedTransaction({ ...deps, scope, principal, request: options.request }, async (tx) => {
    // Held, so that a removal or a sign-out everywhere comes before this sign-in or ends it, and never falls in between.
    const held = await holdMember(tx, membership.id)
    if (held === undefined) return tx.withoutChange(undefined)
    const { userAgent } = options.request
    const secretSha256 = hashFamilySecret(secrets.familySecret)
    await insertFamily(tx, { id: familyId, membershipId: membership.id, secretSha256, userAgent, now, expiresAt })
    const tokenSha256 = hashRefreshToken(secrets.token)
    await insertToken(tx, { id: tokenId, familyId, parentId: null, tokenSha256, now, expiresAt })
    await tx.audit({
      action: 'operator.signed_in',
      target: { kind: 'operator', id: membership.id },
      after: { family: encodeId('refreshFamily', familyId) },
    })
    return held
  })
  if (member === undefined) return undefined
  const { role, version } = member
  return renderSession(deps, { scope, membership: { ...membership, role, version }, familyId, ...secrets })
}

/** An access token beside the cookie of the family. */
export async function renderSession(
  deps: SessionDependencies,
  session: Pick<EnteredWorkspace, 'scope' | 'membership'> & { familyId: Uuid; token: Buffer; familySecret: Buffer },
): Promise<OpenedSession> {
  const { workspaceId } = session.scope
  const { id: operatorId, version, role, workspaceName } = session.membership
  const access = await issueOperatorToken({
    keys: deps.signingKeys,
    clock: deps.clock,
    workspaceId,
    operatorId,
    version,
    jti: deps.newId(),
  })
  return {
    accessToken: access.token,
    expiresAt: access.expiresAt,
    familyId: session.familyId,
    operatorId,
    workspace: { id: workspaceId, name: workspaceName },
    role,
    cookie: {
      name: refreshCookieName(session.familyId, deps.publicOrigin),
      value: makeRefreshText({ workspaceId, ...session }),
      maxAgeSeconds: refreshLifeMs / 1000,
    },
  }
}
