/**
 * Threat: an operator makes a key that may do more than the operator's own role; a key is limited by what nobody can read
 * and is shut out for good, or by an agent of another workspace, whose existence the answer would tell.
 * Rule: each scope gives only what the role may do; each range is read by the reader that the key's requests meet; each
 * agent is one of this workspace; the expiry lies ahead.
 * On failure: request.invalid with one JSON pointer for each wrong place; nothing is written.
 */
import { type createApiKeySchema, decodeId, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import { parseRanges } from '../../guards/client-address.ts'
import { mayHandOut } from '../../guards/permission.ts'
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findExistingAgents } from '../agents/public.ts'
import type { ApiKeyRow } from './store.ts'

type Body = z.infer<typeof createApiKeySchema>
type Read = Pick<ApiKeyRow, 'label' | 'mode' | 'scopes' | 'allowedAddresses' | 'allowedAgents' | 'expiresAt'>

export async function readNewKey(
  tx: WorkspaceTx,
  input: { principal: Principal; nowMs: number; body: Body },
): Promise<Read> {
  const { body, principal, nowMs } = input
  const agents = body.allowed_agents?.map((text) => decodeId('agent', text)) ?? null
  const errors = [
    ...body.scopes.flatMap((scope, index) =>
      mayHandOut(principal, scope)
        ? []
        : [{ pointer: `/scopes/${index}`, detail: `${scope} gives more than your own role may do` }],
    ),
    ...(body.allowed_addresses ?? []).flatMap((address, index) =>
      isRange(address)
        ? []
        : [
            {
              pointer: `/allowed_addresses/${index}`,
              detail: 'expected an address or a CIDR range such as 10.0.0.0/8',
            },
          ],
    ),
    ...(await unknownAgents(tx, agents ?? [])),
    ...expiryErrors(body.expires_at, nowMs),
  ]
  if (errors.length > 0) throw new AppError('request.invalid', 'limits of a key refused', { errors })
  return {
    label: body.label,
    mode: body.mode,
    scopes: body.scopes,
    allowedAddresses: body.allowed_addresses,
    allowedAgents: agents?.filter((agent) => agent !== undefined) ?? null,
    expiresAt: body.expires_at === null ? null : new Date(body.expires_at),
  }
}

/** What is wrong with an expiry: a key that is made to be dead already is a mistake. */
export function expiryErrors(expiresAt: string | null | undefined, nowMs: number): readonly FieldError[] {
  if (expiresAt === null || expiresAt === undefined || Date.parse(expiresAt) > nowMs) return []
  return [{ pointer: '/expires_at', detail: 'expected a time that is still to come' }]
}

async function unknownAgents(tx: WorkspaceTx, agents: readonly (Uuid | undefined)[]): Promise<readonly FieldError[]> {
  const asked = agents.filter((agent) => agent !== undefined)
  if (agents.length === 0) return []
  const there = await findExistingAgents(tx, asked)
  return agents.flatMap((agent, index) =>
    agent !== undefined && there.has(agent)
      ? []
      : [{ pointer: `/allowed_agents/${index}`, detail: 'there is no such agent in this workspace' }],
  )
}

function isRange(text: string): boolean {
  try {
    parseRanges([text])
    return true
  } catch {
    return false
  }
}
