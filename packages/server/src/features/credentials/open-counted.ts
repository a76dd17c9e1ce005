import type { OpeningPurpose } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { Secret } from '../../platform/crypto/secret.ts'
import type { LentSecret } from '../../platform/outbound/lend-secret.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { addOpenings, findSealedVersions, type SealedCredentialVersion } from './store.ts'

export type OpenCountedDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly clock: Clock
  readonly newId: NewId
  readonly sealer: CredentialSealer
}

type Opening = {
  readonly scope: WorkspaceScope
  readonly sealed: SealedCredentialVersion
  readonly purpose: Extract<OpeningPurpose, 'test' | 'tool'>
}

/**
 * A credential for calls outside a session. It is opened once, by the first call that needs it, and counted before: an opening
 * that could not be written down does not happen, nor one of a version that was revoked meanwhile. The taker destroys it.
 */
export function openCounted(
  deps: OpenCountedDependencies,
  opening: Opening,
): LentSecret & { readonly destroy: () => void } {
  return new CountedSecret(deps, opening)
}

class CountedSecret implements LentSecret {
  readonly #deps: OpenCountedDependencies
  readonly #opening: Opening
  #unsealing: Promise<Secret> | undefined
  #secret: Secret | undefined
  #isDestroyed = false

  constructor(deps: OpenCountedDependencies, opening: Opening) {
    this.#deps = deps
    this.#opening = opening
  }

  async unseal(): Promise<void> {
    this.#unsealing ??= this.#open()
    const secret = await this.#unsealing
    if (this.#isDestroyed) secret.destroy()
    else this.#secret = secret
  }

  use<Result>(work: (bytes: Uint8Array) => Result): Result {
    if (this.#secret === undefined) throw new RangeError('the credential has not been opened')
    return this.#secret.use(work)
  }

  destroy(): void {
    this.#isDestroyed = true
    this.#secret?.destroy()
  }

  async #open(): Promise<Secret> {
    const { database, clock, newId, sealer } = this.#deps
    const { scope, sealed, purpose } = this.#opening
    const { credentialId, version, kind } = sealed
    const now = new Date(clock.nowMs())
    const opening = { sessionId: null, purpose, openings: 1, firstOpenedAt: now, lastOpenedAt: now } as const
    await database.withWorkspace(scope, async (tx) => {
      // DNS may have taken seconds since it was read, and a revocation that was answered meanwhile holds for this too.
      if ((await findSealedVersions(tx, [credentialId])).get(credentialId)?.version !== version)
        throw new AppError('credential.revoked', `version ${version} of ${credentialId} has ended meanwhile`)
      await addOpenings(tx, [{ ...opening, id: newId(), credentialId, version }])
    })
    return sealer.open({ workspaceId: scope.workspaceId, credentialId, version, kind }, sealed)
  }
}
