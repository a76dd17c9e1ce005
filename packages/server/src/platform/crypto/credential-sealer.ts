/**
 * Threat: a stored provider key is read, or a blob is moved to another workspace, credential, version or kind.
 * Rule: a fresh 256-bit data key per credential version, used once; the payload is bound to workspace, credential, version
 * and kind; the key-encryption key's id belongs to the wrap only, so that a rotation touches no payload.
 * On failure: credential.sealed_unreadable for everything that is not exactly as it was sealed; nothing is opened.
 */
import type { CredentialKind, Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { type EnvelopeContext, openEnvelope, sealEnvelope } from './envelope.ts'
import type { KeyService } from './key-service.ts'
import { type RandomBytes, systemRandomBytes } from './random-bytes.ts'
import { Secret } from './secret.ts'

/** Where a sealed credential belongs. */
export type CredentialPlace = {
  readonly workspaceId: Uuid
  readonly credentialId: Uuid
  readonly version: number
  readonly kind: CredentialKind
}

export type SealedCredential = { readonly sealed: Buffer; readonly wrappedKey: Buffer; readonly kekId: string }

export type CredentialSealer = {
  readonly seal: (place: CredentialPlace, secret: Secret) => Promise<SealedCredential>
  /** The owner destroys the Secret at the end of its session. */
  readonly open: (place: CredentialPlace, sealed: SealedCredential) => Promise<Secret>
}

export function createCredentialSealer(
  keys: KeyService<'credentials'>,
  random: RandomBytes = systemRandomBytes,
): CredentialSealer {
  // The types say so already; this holds where a cast or plain JavaScript went around them.
  if (keys.purpose !== 'credentials') throw new TypeError('credentials are sealed under keys for credentials only')
  return {
    seal: async (place, secret) => {
      const dataKey = newSecret(random)
      try {
        const sealed = dataKey.use((key) =>
          secret.use((plain) => sealEnvelope({ dataKey: key, plain, context: payload(place), random })),
        )
        const { keyId, bytes } = await keys.wrap(dataKey, credentialWrapContext(place))
        return { sealed, wrappedKey: bytes, kekId: keyId }
      } finally {
        dataKey.destroy()
      }
    },
    open: async (place, stored) => {
      const dataKey = await keys.unwrap({ keyId: stored.kekId, bytes: stored.wrappedKey }, credentialWrapContext(place))
      try {
        const plain = dataKey.use((key) =>
          openEnvelope({ dataKey: key, sealed: stored.sealed, context: payload(place) }),
        )
        if (plain === undefined)
          throw new AppError('credential.sealed_unreadable', `credential ${place.credentialId} does not open`)
        const secret = new Secret(plain)
        plain.fill(0)
        return secret
      } finally {
        dataKey.destroy()
      }
    },
  }
}

function newSecret(random: RandomBytes): Secret {
  const bytes = random(32)
  const secret = new Secret(bytes)
  bytes.fill(0)
  return secret
}

function payload(place: CredentialPlace): EnvelopeContext {
  return { purpose: 'credential', parts: [place.workspaceId, place.credentialId, String(place.version), place.kind] }
}

/** What the data key of a version is bound to. The kind is bound by the payload. */
export function credentialWrapContext(place: Omit<CredentialPlace, 'kind'>): readonly string[] {
  return ['credential', place.workspaceId, place.credentialId, String(place.version)]
}
