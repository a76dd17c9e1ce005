import type { Installation } from '../../packages/server/src/commands/open-installation.ts'
import {
  findSealedVersions,
  type SealedCredentialVersion,
} from '../../packages/server/src/features/credentials/public.ts'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createCredentialSealer } from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import { sealedWorkspace } from './sealed-workspace.ts'

/** What each cold start took, in milliseconds. */
export type SessionSecrets = {
  /** Load three sealed credentials in a scoped transaction, unwrap and open all three. */
  readonly wholeMs: readonly number[]
  /** Of it the transaction. */
  readonly databaseMs: readonly number[]
  /** Of it the unwrapping and opening. */
  readonly cryptoMs: readonly number[]
  /** The control: a scoped transaction that asks for nothing. */
  readonly emptyMs: readonly number[]
}

/** Credentials in the workspace; each start takes the next three, so that none is warm. */
const credentials = 300
const warmUp = 300

export async function measureSessionSecrets(
  installation: Installation,
  options: { starts: number },
): Promise<SessionSecrets> {
  const { scope, credentialIds } = await sealedWorkspace(installation, credentials)
  const found = { wholeMs: [], databaseMs: [], cryptoMs: [], emptyMs: [] } satisfies Record<
    keyof SessionSecrets,
    number[]
  >
  const times: { [Name in keyof SessionSecrets]: number[] } = found
  for (let start = -warmUp; start < options.starts; start += 1) {
    const at = (3 * Math.abs(start)) % credentials
    const startedMs = performance.now()
    const sealed = await load(installation, scope, credentialIds.slice(at, at + 3))
    const loadedMs = performance.now()
    await openAll(installation, scope, sealed)
    const openedMs = performance.now()
    await installation.database.withWorkspace(scope, () => Promise.resolve())
    const endedMs = performance.now()
    if (start < 0) continue
    times.wholeMs.push(openedMs - startedMs)
    times.databaseMs.push(loadedMs - startedMs)
    times.cryptoMs.push(openedMs - loadedMs)
    times.emptyMs.push(endedMs - openedMs)
  }
  return times
}

/** As the start of a session does it: in one statement of its transaction. */
function load({ database }: Installation, scope: WorkspaceScope, ids: Parameters<typeof findSealedVersions>[1]) {
  return database.withWorkspace(scope, async (tx) => {
    const found = await findSealedVersions(tx, ids)
    return ids.map((id) => {
      const one: SealedCredentialVersion | undefined = found.get(id)
      if (one === undefined) throw new Error(`credential ${id} is gone`)
      return one
    })
  })
}

async function openAll(
  { credentialKeys }: Installation,
  { workspaceId }: WorkspaceScope,
  sealed: readonly SealedCredentialVersion[],
): Promise<void> {
  const sealer = createCredentialSealer(credentialKeys)
  for (const one of sealed) {
    const { credentialId, version, kind } = one
    const secret = await sealer.open({ workspaceId, credentialId, version, kind }, one)
    secret.destroy()
  }
}
