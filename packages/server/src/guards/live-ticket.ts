/**
 * Threat: a credential that opens the whole workspace stands in the address of a socket, in a log or in a page's history; a ticket
 * is taken from one and used by another.
 * Rule: an EdDSA JWT of type `hyponema-live+jwt` for the live socket alone, 30 seconds, for one principal. It is used once: the use is
 * a row whose unique index decides between two. A browser opens with an operator's ticket from our own page; a key's ticket is for
 * backends, which send no Origin. What the principal may is asked again (principal-now.ts).
 * On failure: api_key.invalid, or session.origin_refused; nothing is read.
 */
import { parseUuid, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Principal } from '../kernel/principal.ts'
import type { SigningKeys } from '../platform/crypto/signing-keys.ts'
import type { ProvedBefore } from './principal-now.ts'
import { readToken, signToken, type TokenKind } from './signed-token.ts'

const kind: TokenKind = { typ: 'hyponema-live+jwt', audience: 'hyponema:live-escalations' }
/** A page opens its socket with the answer in hand. */
export const liveTicketLifeMs = 30_000

const uuidSchema = z.string().transform((text, context): Uuid => {
  const uuid = parseUuid(text)
  if (uuid !== undefined) return uuid
  context.addIssue({ code: 'custom', message: 'no UUID' })
  return z.NEVER
})
const versionSchema = z.string().regex(/^[1-9]\d{0,9}$/)
const timesSchema = { sub: uuidSchema, jti: uuidSchema, workspace: uuidSchema, iat: z.int(), exp: z.int() }
const claimsSchema = z
  .discriminatedUnion('principal', [
    z.object({ ...timesSchema, principal: z.literal('api_key') }),
    z.object({ ...timesSchema, principal: z.literal('operator'), membership_version: versionSchema }),
  ])
  .refine(({ iat, exp }) => (exp - iat) * 1000 <= liveTicketLifeMs)

export type LiveTicket = { readonly who: ProvedBefore; readonly jti: Uuid }

export async function issueLiveTicket(options: {
  readonly keys: SigningKeys
  readonly clock: Clock
  readonly principal: Principal
  readonly jti: Uuid
}): Promise<{ readonly ticket: string; readonly expiresAt: Date }> {
  const { keys, clock, principal, jti } = options
  const who = proved(principal)
  const issuedAtMs = Math.floor(clock.nowMs() / 1000) * 1000
  const expiresAtMs = issuedAtMs + liveTicketLifeMs
  const ticket = await signToken({
    keys,
    kind,
    subject: who.id,
    jti,
    issuedAtMs,
    expiresAtMs,
    claims: {
      workspace: who.workspaceId,
      principal: who.kind,
      ...(who.kind === 'operator' ? { membership_version: String(who.version) } : {}),
    },
  })
  return { ticket, expiresAt: new Date(expiresAtMs) }
}

/** Throws api_key.invalid for everything but a valid ticket. Whether it was used before is not known here. */
export async function readLiveTicket(options: {
  readonly keys: SigningKeys
  readonly clock: Clock
  readonly ticket: string
}): Promise<LiveTicket> {
  const { keys, clock, ticket } = options
  const parsed = claimsSchema.safeParse(await readToken({ keys, clock, kind, token: ticket }))
  if (!parsed.success) throw new AppError('api_key.invalid', 'not a valid ticket')
  const { sub: id, workspace: workspaceId, jti } = parsed.data
  if (parsed.data.principal === 'api_key') return { who: { kind: 'api_key', workspaceId, id }, jti }
  const version = Number(parsed.data.membership_version)
  return { who: { kind: 'operator', workspaceId, id, version }, jti }
}

function proved(principal: Principal): ProvedBefore {
  const { workspaceId } = principal.scope
  if (principal.kind === 'api_key') return { kind: 'api_key', workspaceId, id: principal.id }
  if (principal.kind === 'operator' && principal.version !== undefined)
    return { kind: 'operator', workspaceId, id: principal.id, version: principal.version }
  throw new AppError('api_key.invalid', `a ${principal.kind} gets no ticket`)
}
