/**
 * Threat: the signing secret of an endpoint stays readable in memory, or a withdrawn one goes on signing.
 * Rule: a secret is unwrapped at most once in five minutes, however many deliveries there are, and wiped when it leaves the
 * cache; which versions sign is read from the database with every lease, so one that ended signs nothing more.
 * On failure: what the sealer says; nothing is signed, nothing is sent, and the delivery stays due.
 */
import type { Uuid } from '@hyponema/contract'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { Secret } from '../../platform/crypto/secret.ts'
import { createSecretCache } from '../../platform/crypto/secret-cache.ts'
import type { SealedCredentialVersion } from '../credentials/public.ts'

export type SigningSecrets = {
  /** The secrets of these versions, in their order. They are lent for what the caller does before it awaits anything else. */
  readonly open: (workspaceId: Uuid, versions: readonly SealedCredentialVersion[]) => Promise<readonly Secret[]>
  /** Wipes all of them. */
  readonly close: () => void
}

/** Where a process has more secrets than this in use, some are unwrapped again. */
const maxSecrets = 5_000

export function openSigningSecrets(sealer: Pick<CredentialSealer, 'open'>): SigningSecrets {
  const opened = createSecretCache(maxSecrets)
  const opening = new Map<string, Promise<Secret>>()
  const unwrap = (key: string, workspaceId: Uuid, version: SealedCredentialVersion): Promise<Secret> => {
    const running = opening.get(key)
    if (running !== undefined) return running
    const { credentialId, kind } = version
    const begun = sealer
      .open({ workspaceId, credentialId, version: version.version, kind }, version)
      .then((secret) => {
        opened.set(key, secret)
        return secret
      })
      .finally(() => opening.delete(key))
    opening.set(key, begun)
    return begun
  }
  return {
    open: async (workspaceId, versions) => {
      const find = async (version: SealedCredentialVersion): Promise<Secret> => {
        const key = `${workspaceId} ${version.credentialId} ${version.version}`
        return opened.get(key) ?? (await unwrap(key, workspaceId, version))
      }
      const secrets = await Promise.all(versions.map(find))
      // One of them may have come to its end while the others were unwrapped.
      return secrets.some((secret) => secret.isDestroyed) ? Promise.all(versions.map(find)) : secrets
    },
    close: () => opened.clear(),
  }
}
