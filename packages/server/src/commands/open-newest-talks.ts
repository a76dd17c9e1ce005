import type { Config } from '../config.ts'
import { readTalk } from '../features/decisions/public.ts'
import { findPolicyText, type HeldLayers, type Talk } from '../features/policies/public.ts'
import { listNewestSessions } from '../features/sessions/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { createContentKeys } from '../guards/content-keys.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'

/** A talk, and all layers that it was held to; those of before layers were kept are undefined. */
export type HeldTalk = { readonly talk: Talk; readonly before: HeldLayers | undefined }

/** Opens the newest talks of a workspace; its audit log names them. One whose person was forgotten is left out. */
export async function openNewestTalks(
  config: Config,
  { workspace, last }: { readonly workspace: string | undefined; readonly last: number },
): Promise<readonly HeldTalk[]> {
  const workspaceId = await namedWorkspace(config, workspace)
  const talks: HeldTalk[] = []
  await onHost(config, async ({ installation, newId, actIn }) => {
    const contentKeys = createContentKeys({ epochKeys: keyringKeyService(installation.keyring, 'epoch'), newId })
    await auditedTransaction(actIn(workspaceId, 'hyponema policy replay'), async (tx) => {
      for (const session of await listNewestSessions(tx, { agents: [], limit: last })) {
        const talk = await readTalk(tx, contentKeys, session)
        const layers = await findPolicyText(tx, session.policySha256)
        if (talk === undefined) continue
        talks.push({ talk, before: layers === undefined ? undefined : { layers, sha256: session.policySha256 } })
      }
      await tx.audit({
        action: 'transcript.opened',
        target: { kind: 'workspace', id: workspaceId },
        after: { sessions: talks.map(({ talk }) => talk.sessionId) },
      })
    })
  })
  return talks
}
