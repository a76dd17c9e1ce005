/**
 * Threat: a sealed key of the customer's backend is sent by a tool to another place than it is for, or is opened though nothing
 * calls that backend.
 * Rule: the keys of a session are those that its agent version names; each is bound to its origin again before every call, and
 * unwrapped by the first call that needs it (session-secret.ts).
 * On failure: credential.missing or credential.address_mismatch, before anything is opened or sent.
 */
import { decodeId, type OpeningPurpose, type SealedAuth, type Uuid } from '@hyponema/contract'
import { type CurrentVersion, checkAddress, type IsOpened } from '../features/credentials/public.ts'
import { AppError } from '../kernel/app-error.ts'
import type { SecretHeader } from '../platform/outbound/lend-secret.ts'
import type { HeldCredential } from './pipeline/session-context.ts'
import { SessionSecret } from './session-secret.ts'

export type AuthPurpose = Extract<OpeningPurpose, 'tool' | 'resolver'>

type Options = {
  readonly versions: readonly CurrentVersion[]
  readonly isOpened: IsOpened
  /** A secret that opens this version and tells of it, for that purpose. */
  readonly secretOf: (version: CurrentVersion, purpose: AuthPurpose) => SessionSecret
}

type Held = { readonly version: CurrentVersion; readonly secrets: Readonly<Record<AuthPurpose, SessionSecret>> }

export class SessionAuths {
  readonly #held: ReadonlyMap<Uuid, Held>
  readonly #isOpened: IsOpened

  constructor({ versions, isOpened, secretOf }: Options) {
    this.#isOpened = isOpened
    this.#held = new Map(
      versions.map((version) => [
        version.credentialId,
        { version, secrets: { tool: secretOf(version, 'tool'), resolver: secretOf(version, 'resolver') } },
      ]),
    )
  }

  /** The header for one call to `url`. Throws credential.missing or credential.address_mismatch. */
  header(auth: SealedAuth, use: { readonly purpose: AuthPurpose; readonly url: string }): SecretHeader {
    const id = decodeId('credential', auth.credential_id)
    const held = id === undefined ? undefined : this.#held.get(id)
    if (held === undefined) throw new AppError('credential.missing', 'the credential was revoked or deleted')
    checkAddress(held.version, { url: use.url, isOpened: this.#isOpened })
    return { name: auth.header, prefix: auth.prefix, secret: held.secrets[use.purpose] }
  }

  get credentials(): readonly HeldCredential[] {
    return [...this.#held.values()].map(({ version, secrets }) => ({
      credentialId: version.credentialId,
      version: version.version,
      revoke: () => {
        for (const secret of Object.values(secrets)) secret.revoke()
      },
    }))
  }

  destroy(): void {
    for (const { secrets } of this.#held.values()) for (const secret of Object.values(secrets)) secret.destroy()
  }
}
