/**
 * Threat: a guessed, altered, expired, revoked or misplaced key opens a workspace; a stranger learns which keys exist.
 * Rule: text and checksum first; then one look-up in the claimed workspace under row security; then the HMAC-SHA-256 of
 * the whole key text under its pepper version, compared in constant time. Only a match yields a WorkspaceScope. Unknown
 * workspace, unknown key and wrong secret do the same work.
 * On failure: api_key.invalid; a right key at a wrong place, or one whose allowed addresses cannot be read, is
 * api_key.address_refused.
 */
import { permissions, type Scope, type Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Principal } from '../kernel/principal.ts'
import type { RequestContext } from '../kernel/request-context.ts'
import { provenScope, unprovenScope } from '../kernel/workspace-scope.ts'
import { equalHashes, keyedHash } from '../platform/crypto/keyed-hash.ts'
import type { Keyring } from '../platform/crypto/keyring.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { StoredApiKey } from '../platform/postgres/with-unproven.ts'
import { parseApiKey } from './api-key-text.ts'
import { inRanges, parseRanges } from './client-address.ts'

export type ApiKeyVerifier = (keyText: string, request: RequestContext) => Promise<Principal>

export function createApiKeyVerifier(options: {
  database: Pick<Database, 'withUnproven'>
  keyring: Keyring
  clock: Clock
  /** Called after a match, to remember the use of the key. Must not throw. */
  onUsed: (principal: Principal & { kind: 'api_key' }, lastUsedAt: Date | null) => void
}): ApiKeyVerifier {
  return async (keyText, request) => {
    const claim = parseApiKey(keyText)
    if (claim === undefined) throw new AppError('api_key.invalid', 'key text or checksum')
    const stored = await options.database.withUnproven(unprovenScope(claim.workspaceId), (tx) =>
      tx.findApiKey(claim.keyId),
    )
    const now = options.clock.nowMs()
    if (!matches(options.keyring, keyText, stored) || stored === undefined || !isUsable(stored, claim.mode, now)) {
      throw new AppError('api_key.invalid', `key ${claim.keyId}`)
    }
    requireAllowedAddress(stored, request.address)
    const principal = toPrincipal(stored, claim.workspaceId)
    options.onUsed(principal, stored.lastUsedAt)
    return principal
  }
}

/** Without a stored key the same HMAC is computed and compared with nothing that could match. */
function matches(keyring: Keyring, keyText: string, stored: StoredApiKey | undefined): boolean {
  const pepper =
    stored === undefined ? keyring.active('api_key_pepper') : keyring.find('api_key_pepper', stored.pepperVersion)
  const mac = keyedHash(pepper.key, keyText)
  const expected = stored?.secretMac ?? Buffer.alloc(mac.length)
  return equalHashes(mac, expected) && stored !== undefined
}

function isUsable(stored: StoredApiKey, mode: 'live' | 'test', nowMs: number): boolean {
  if (stored.isCanary || stored.mode !== mode || stored.revokedAt !== null) return false
  return stored.expiresAt === null || stored.expiresAt.getTime() > nowMs
}

/** A list that cannot be read allows nobody: who wrote it wanted fewer addresses, not all of them. */
function requireAllowedAddress({ id, allowedAddresses }: StoredApiKey, address: string): void {
  if (allowedAddresses !== null && !inRanges(address, readAllowed(id, allowedAddresses))) {
    throw new AppError('api_key.address_refused', `key ${id} from ${address}`)
  }
}

function readAllowed(id: Uuid, allowedAddresses: readonly string[]): ReturnType<typeof parseRanges> {
  try {
    return parseRanges(allowedAddresses)
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('api_key.address_refused', `the allowed addresses of key ${id} cannot be read: ${found}`, {
      cause,
    })
  }
}

function toPrincipal(stored: StoredApiKey, workspaceId: Uuid): Principal & { kind: 'api_key' } {
  return {
    kind: 'api_key',
    scope: provenScope(workspaceId),
    id: stored.id,
    scopes: new Set(stored.scopes.filter(isScope)),
    agents: stored.allowedAgents === null ? undefined : new Set(stored.allowedAgents),
  }
}

function isScope(text: string): text is Scope {
  return Object.hasOwn(permissions, text) || text === 'workspace:read' || text === 'workspace:write'
}
