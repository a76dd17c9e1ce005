/**
 * Threat: a socket stays open, or a ticket is used, for somebody whose key was revoked or whose membership was ended or changed.
 * Rule: who was proved once is looked up again, without a copy that is kept: the key is there, usable, and at an allowed address; the
 * membership is there in the version of then. What it may is what its row says now.
 * On failure: api_key.invalid, api_key.address_refused or member.token_stale; a database that does not answer is no answer.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Principal } from '../kernel/principal.ts'
import { provenScope, unprovenScope } from '../kernel/workspace-scope.ts'
import type { Database } from '../platform/postgres/database.ts'
import { keyPrincipal } from './key-principal.ts'
import { requireKeyAddress } from './require-key-address.ts'

/** Somebody who was proved, as far as a signed ticket remembers. */
export type ProvedBefore = { readonly workspaceId: Uuid; readonly id: Uuid } & (
  | { readonly kind: 'api_key' }
  | { readonly kind: 'operator'; readonly version: number }
)

export type PrincipalNow = (who: ProvedBefore, address: string) => Promise<Principal>

export function createPrincipalNow(options: {
  readonly database: Pick<Database, 'withUnproven'>
  readonly clock: Clock
}): PrincipalNow {
  const { database, clock } = options
  return async (who, address) => {
    const { workspaceId, id } = who
    const claimed = unprovenScope(workspaceId)
    if (who.kind === 'operator') {
      const found = await database.withUnproven(claimed, (tx) => tx.findMembership(id))
      if (found === undefined || found.isCanary || found.version !== who.version)
        throw new AppError('member.token_stale', `membership ${id} is gone or has changed`)
      const { role, version } = found
      return { kind: 'operator', scope: provenScope(workspaceId), id, role, version }
    }
    const stored = await database.withUnproven(claimed, (tx) => tx.findApiKey(id))
    const isOver = stored?.expiresAt != null && stored.expiresAt.getTime() <= clock.nowMs()
    if (stored === undefined || stored.isCanary || stored.revokedAt !== null || isOver)
      throw new AppError('api_key.invalid', `key ${id} has expired, was revoked or is no key to be used`)
    requireKeyAddress(stored, address)
    return keyPrincipal(stored, provenScope(workspaceId))
  }
}
