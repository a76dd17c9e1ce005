/**
 * Threat: a guessed, altered, expired, revoked or misplaced key opens a workspace; a stranger learns which keys exist, or
 * locks a customer out by trying wrong secrets.
 * Rule: text and checksum first; then one look-up in the claimed workspace under row security, or the row of a key that has
 * matched within the last five seconds and whose MAC this text matches too (known-keys.ts); then the HMAC-SHA-256 of
 * the whole key text under its pepper version, compared in constant time. Only a match yields a WorkspaceScope. Unknown
 * workspace, unknown key, wrong secret and a pepper that is gone do the same work. Failures are told and counted, and
 * never refuse the right secret.
 * On failure: api_key.invalid; a right key at a wrong place, or one whose allowed addresses cannot be read, is
 * api_key.address_refused.
 */
import { encodeId, type Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Principal } from '../kernel/principal.ts'
import type { RequestContext } from '../kernel/request-context.ts'
import { provenScope, unprovenScope } from '../kernel/workspace-scope.ts'
import { equalHashes, keyedHashOfProcess } from '../platform/crypto/keyed-hash.ts'
import type { Keyring } from '../platform/crypto/keyring.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { StoredApiKey } from '../platform/postgres/with-unproven.ts'
import { parseApiKey } from './api-key-text.ts'
import { keyPrincipal } from './key-principal.ts'
import type { KnownKeys } from './known-keys.ts'
import { requireKeyAddress } from './require-key-address.ts'

export type ApiKeyVerifier = (keyText: string, request: RequestContext) => Promise<Principal>

/** The MAC of the same key under a newer pepper; `from` is the version that it takes the place of. */
export type RenewedMac = { readonly secretMac: Buffer; readonly pepperVersion: string; readonly from: string }

export type KeyUse = { readonly lastUsedAt: Date | null; readonly renewed: RenewedMac | undefined }

/** A key text of the right form whose secret matched nothing. `isKnown` says whether a real key bears this id. */
export type KeyFailure = { readonly workspaceId: Uuid; readonly keyId: Uuid; readonly isKnown: boolean }

export function createApiKeyVerifier(options: {
  database: Pick<Database, 'withUnproven'>
  keyring: Keyring
  clock: Clock
  /** Rows of keys that have matched; without it each request asks the database. */
  known?: KnownKeys
  /** Called after a match, to remember the use of the key. Must not throw. */
  onUsed: (principal: Principal & { kind: 'api_key' }, use: KeyUse) => void
  /** Called for each failure alike, known key or not. Must not throw. */
  onFailed: (failure: KeyFailure) => void
}): ApiKeyVerifier {
  const { keyring, clock, known } = options
  return async (keyText, request) => {
    const claim = parseApiKey(keyText)
    if (claim === undefined) throw new AppError('api_key.invalid', 'key text or checksum')
    const { workspaceId, keyId } = claim
    // Compared whether there is something to compare with or not, so that a stranger does not see which keys are in use.
    const remembered = known?.find(claim)
    const isRemembered = known !== undefined && matches(keyring, keyText, remembered)
    const asking = known?.ask()
    const stored =
      isRemembered && remembered !== undefined
        ? remembered
        : await options.database.withUnproven(unprovenScope(workspaceId), (tx) => tx.findApiKey(keyId))
    if (!(isRemembered || matches(keyring, keyText, stored)) || stored === undefined) {
      options.onFailed({ workspaceId, keyId, isKnown: stored?.isCanary === false })
      throw new AppError('api_key.invalid', whyUnmatched(keyring, keyId, stored))
    }
    if (!isUsable(stored, claim.mode, clock.nowMs())) {
      throw new AppError(
        'api_key.invalid',
        `${encodeId('apiKey', keyId)} has expired, was revoked or is no key to be used`,
      )
    }
    requireKeyAddress(stored, request.address)
    const principal = keyPrincipal(stored, provenScope(workspaceId))
    const renewed = renew(keyring, keyText, stored)
    options.onUsed(principal, { lastUsedAt: stored.lastUsedAt, renewed })
    // The use is being written; a row that moves to another pepper is read again.
    if (!isRemembered && renewed === undefined && asking !== undefined)
      known?.keep(claim, withUse(stored, clock.nowMs()), asking)
    return principal
  }
}

/** The last use is written once in this time. */
export const useCoalescedMs = 60_000

/** As the row will be when the use has been written. */
function withUse(stored: StoredApiKey, nowMs: number): StoredApiKey {
  const isFresh = stored.lastUsedAt !== null && nowMs - stored.lastUsedAt.getTime() < useCoalescedMs
  return isFresh ? stored : { ...stored, lastUsedAt: new Date(nowMs) }
}

/** Without a stored key, or without its pepper, the same HMAC is computed and compared with nothing that could match. */
function matches(keyring: Keyring, keyText: string, stored: StoredApiKey | undefined): boolean {
  const isReadable = stored !== undefined && keyring.holds('api_key_pepper', stored.pepperVersion)
  const pepper = isReadable ? keyring.find('api_key_pepper', stored.pepperVersion) : keyring.active('api_key_pepper')
  const mac = keyedHashOfProcess(pepper.key, keyText)
  const expected = isReadable ? stored.secretMac : Buffer.alloc(mac.length)
  return equalHashes(mac, expected) && isReadable
}

/** For the operator's log. The client learns nothing of it: that a pepper is gone would say that the key exists. */
function whyUnmatched(keyring: Keyring, keyId: Uuid, stored: StoredApiKey | undefined): string {
  const key = encodeId('apiKey', keyId)
  if (stored === undefined || keyring.holds('api_key_pepper', stored.pepperVersion))
    return `${key} is unknown or its secret is wrong`
  return `${key} cannot be verified (keyring.key_missing): the keyring of this process has no ${stored.pepperVersion}; put it back from your copy, copy the file of the server that has it, or make the key anew`
}

/** Moves a key on to the newest pepper, never back to an older one, so that two processes do not undo each other's work. */
function renew(keyring: Keyring, keyText: string, stored: StoredApiKey): RenewedMac | undefined {
  if (!keyring.hasNewer('api_key_pepper', stored.pepperVersion)) return undefined
  const pepper = keyring.active('api_key_pepper')
  return { secretMac: keyedHashOfProcess(pepper.key, keyText), pepperVersion: pepper.id, from: stored.pepperVersion }
}

function isUsable(stored: StoredApiKey, mode: 'live' | 'test', nowMs: number): boolean {
  if (stored.isCanary || stored.mode !== mode || stored.revokedAt !== null) return false
  return stored.expiresAt === null || stored.expiresAt.getTime() > nowMs
}
