/**
 * Threat: a ticket is replayed, used from a page of another site, or outlives what its principal may do.
 * Rule: ticket, where it comes from, who it is now, permission, then its one use: a row whose unique index decides. An operator opens
 * from our own page, a key from no page. Each look and each message asks for the permission again, within the budgets of the API.
 * On failure: api_key.invalid, api_key.used_in_browser, session.origin_refused, member.token_stale, api_key.scope_missing or
 * request.rate_limited; nothing is read.
 */
import type { Permission, Uuid } from '@hyponema/contract'
import { readQueue, readTalk, writeMessage } from '../../../features/escalations/public.ts'
import type { ContentKeys } from '../../../guards/content-keys.ts'
import { claimIdempotencyKey } from '../../../guards/idempotency-keys.ts'
import { readLiveTicket } from '../../../guards/live-ticket.ts'
import type { Mutations } from '../../../guards/mutations.ts'
import { isAllowed } from '../../../guards/permission.ts'
import type { PrincipalNow } from '../../../guards/principal-now.ts'
import { requireOwnOrigin } from '../../../guards/require-own-origin.ts'
import type { TokenBuckets } from '../../../guards/token-buckets.ts'
import { AppError } from '../../../kernel/app-error.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { NewId } from '../../../kernel/new-id.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { principalName } from '../../../kernel/principal-name.ts'
import type { SigningKeys } from '../../../platform/crypto/signing-keys.ts'
import type { Database } from '../../../platform/postgres/database.ts'
import type { OpenDesk } from './operator-desk.ts'

type Dependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly mutations: Mutations
  readonly contentKeys: ContentKeys
  readonly clock: Clock
  readonly newId: NewId
  readonly keys: SigningKeys
  readonly principalNow: PrincipalNow
  readonly publicOrigin: string
  readonly buckets: { readonly workspace: TokenBuckets; readonly principal: TokenBuckets }
}

export function createOpenDesk(deps: Dependencies): OpenDesk {
  const { database } = deps
  return async ({ ticket, request }) => {
    const { who, jti } = await readLiveTicket({ ...deps, ticket })
    requirePlace(who.kind, request.origin, deps.publicOrigin)
    const ask = async () => allowed(await deps.principalNow(who, request.address), 'escalations:read')
    const principal = await ask()
    await spend(deps, principal, jti)
    return {
      principal,
      desk: {
        who: ask,
        queue: (now) => database.withWorkspace(now.scope, (tx) => readQueue(tx, now)),
        talk: (now, { id, seen }) =>
          database.withWorkspace(now.scope, (tx) => readTalk(tx, { ...deps, principal: now, id, seen })),
        say: ({ principal: now, id, text, key }) => {
          requireBudget(deps, allowed(now, 'escalations:write'))
          return writeMessage(deps, { principal: now, request, idempotencyKey: `live-${key}` }, { id, text })
        },
      },
    }
  }
}

function requirePlace(kind: 'api_key' | 'operator', origin: string | undefined, publicOrigin: string): void {
  if (kind === 'operator') return requireOwnOrigin({ origin, publicOrigin, code: 'session.origin_refused' })
  if (origin !== undefined) throw new AppError('api_key.used_in_browser', 'the ticket of a key came with an Origin')
}

function allowed(principal: Principal, permission: Permission): Principal {
  if (!isAllowed(principal, permission)) throw new AppError('api_key.scope_missing', `principal may not ${permission}`)
  return principal
}

async function spend({ database, clock }: Dependencies, principal: Principal, jti: Uuid): Promise<void> {
  const { kind, id } = principalName(principal)
  const use = {
    principal: `${kind}:${id}`,
    route: 'GET /v1/escalations/live',
    key: jti,
    requestSha256: Buffer.alloc(32),
  }
  const earlier = await database.withWorkspace(principal.scope, (tx) => claimIdempotencyKey(tx, use, clock))
  if (earlier !== undefined) throw new AppError('api_key.invalid', 'the ticket was used before')
}

function requireBudget({ buckets }: Dependencies, principal: Principal): void {
  const { workspaceId } = principal.scope
  const isInside =
    buckets.workspace.take(workspaceId).allowed &&
    buckets.principal.take(`${workspaceId}:${principalName(principal).id}`).allowed
  if (!isInside) throw new AppError('request.rate_limited', 'a budget of the live socket is used up')
}
