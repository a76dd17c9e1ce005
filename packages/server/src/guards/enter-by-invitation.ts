/**
 * Threat: somebody joins a workspace by an invitation that is another's, guessed, used, revoked or too old.
 * Rule: the link names workspace and invitation and bears a secret of 256 bits, of which a hash is kept; it shows what the
 * invitation is about and no more. Joining needs the invited address, proved by sign-in. Either way the invitation is open.
 * On failure: `undefined`, the same for every reason, after the same work.
 */
import type { Uuid } from '@hyponema/contract'
import type { Clock } from '../kernel/clock.ts'
import { provenScope, unprovenScope, type WorkspaceScope } from '../kernel/workspace-scope.ts'
import { equalHashes } from '../platform/crypto/keyed-hash.ts'
import { sha256 } from '../platform/crypto/sha256.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { StoredInvitation } from '../platform/postgres/with-unproven.ts'
import { makeSecretText, parseSecretText } from './secret-text.ts'

const form = { prefix: 'hyi_', secrets: 1 } as const

type Options = { readonly database: Pick<Database, 'withUnproven'>; readonly clock: Clock }

/** What a link names; `secret` is its text form, as `readInvitation` takes it. */
export type InvitationClaim = { readonly workspaceId: Uuid; readonly invitationId: Uuid; readonly secret: string }

export function makeInvitationText(claim: { workspaceId: Uuid; invitationId: Uuid; secret: Buffer }): string {
  return makeSecretText(form, { workspaceId: claim.workspaceId, id: claim.invitationId, secrets: [claim.secret] })
}

/** The parts of a link's text, or undefined when it is none. Nothing of it is proved by that. */
export function parseInvitationText(text: string): InvitationClaim | undefined {
  const claim = parseSecretText(form, text)
  const secret = claim?.secrets[0]
  if (claim === undefined || secret === undefined) return undefined
  return { workspaceId: claim.workspaceId, invitationId: claim.id, secret: secret.toString('base64url') }
}

/** What is kept of a secret. */
export function hashInvitationSecret(secret: string): Buffer {
  return sha256(`invitation ${secret}`)
}

/** What the open invitation of a link is about. */
export async function readInvitation(
  { database, clock }: Options,
  claim: InvitationClaim,
): Promise<StoredInvitation | undefined> {
  const stored = await database.withUnproven(unprovenScope(claim.workspaceId), (tx) =>
    tx.findInvitation(claim.invitationId),
  )
  const hash = hashInvitationSecret(claim.secret)
  const matches = equalHashes(hash, stored?.secretSha256 ?? Buffer.alloc(hash.length))
  return matches && stored !== undefined && isOpen(stored, clock) ? stored : undefined
}

/** The workspace into which a proved address was invited. */
export async function enterByInvitation(
  { database, clock }: Options,
  invited: { workspaceId: Uuid; invitationId: Uuid; email: string },
): Promise<WorkspaceScope | undefined> {
  const stored = await database.withUnproven(unprovenScope(invited.workspaceId), (tx) =>
    tx.findInvitation(invited.invitationId),
  )
  if (stored === undefined || stored.email !== invited.email || !isOpen(stored, clock)) return undefined
  return provenScope(invited.workspaceId)
}

function isOpen(stored: StoredInvitation, clock: Clock): boolean {
  if (stored.isCanary || stored.acceptedAt !== null || stored.revokedAt !== null) return false
  return stored.expiresAt.getTime() > clock.nowMs()
}
