import { decodeId, knowledgeSchema, type Uuid } from '@hyponema/contract'
import { createProcessing, type Processing, purgeObjects } from '../../packages/server/src/features/knowledge/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { parseDocument } from '../../packages/server/src/platform/documents/parse-document.ts'
import { claimDispatch } from '../../packages/server/src/platform/jobs/claim-dispatch.ts'
import { type Api, type ApiWorkspace, newId } from './api-harness.ts'

type Changes = Partial<Omit<Parameters<typeof createProcessing>[0], 'claim' | 'claimant'>>

export type KnowledgeWorker = {
  /** A worker process of its own, as far as a test can have one. */
  readonly another: (changes?: Changes) => Processing
  /** Makes everything due that waits in the queue, as time would, and reads it to its end. */
  readonly read: (processing?: Processing) => Promise<void>
  readonly sweep: (scope: WorkspaceScope) => Promise<number>
  /** What was told to nobody but the log, since the last time. */
  readonly failures: () => readonly unknown[]
  /** Throws where there was any. */
  readonly throwFailures: () => void
}

/** The part of a worker that reads sources, on the database and the clock of a test, with the parser of the product. */
export function openKnowledgeWorker(api: Api): KnowledgeWorker {
  const { database, keyring, objects } = api.installation
  let failures: unknown[] = []
  const takeFailures = (): readonly unknown[] => {
    const told = failures
    failures = []
    return told
  }
  const another: KnowledgeWorker['another'] = (changes = {}) =>
    createProcessing({
      claim: (most) => claimDispatch(database.logins.worker, most),
      withWorkspace: database.workerWithWorkspace,
      parse: parseDocument,
      objects,
      contentKeys: createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId }),
      clock: api.clock,
      newId,
      claimant: newId(),
      onError: (error) => void failures.push(error),
      pollMs: 20,
      reportMs: 50,
      ...changes,
    })
  const usual = another()
  return {
    another,
    read: async (processing = usual) => {
      do {
        await api.ask("update app.dispatch set due_at = now() - interval '1 second' where kind = 'knowledge'")
      } while ((await processing.runOnce()) > 0)
    },
    sweep: (scope) => purgeObjects({ objects, withWorkspace: database.workerWithWorkspace, clock: api.clock }, scope),
    failures: takeFailures,
    throwFailures: () => {
      const told = takeFailures()
      if (told.length > 0) throw new AggregateError(told, 'a source was not read')
    },
  }
}

export type MadeSource = { readonly id: string; readonly uuid: Uuid }

/** Takes in a text by the public door. It waits for a worker. */
export async function createdSource(workspace: ApiWorkspace, body: object = {}): Promise<MadeSource> {
  const made = await workspace.call('POST', '/v1/knowledge', {
    body: { name: 'handbook', text: '# Opening hours\n\nThe clinic opens at eight.', type: 'markdown', ...body },
  })
  if (made.status !== 201) throw new Error(`expected a source, got ${made.text}`)
  const { id } = knowledgeSchema.parse(made.body)
  const uuid = decodeId('knowledge', id)
  if (uuid === undefined) throw new Error(`${id} is no id of a source`)
  return { id, uuid }
}

/** Takes in a file by the public door. */
export function sendFile(
  workspace: ApiWorkspace,
  query: string,
  bytes: Uint8Array<ArrayBuffer> | string,
  headers: Readonly<Record<string, string>> = {},
) {
  return workspace.call('POST', `/v1/knowledge/files${query}`, {
    rawBody: bytes,
    headers: { 'content-type': 'application/octet-stream', ...headers },
  })
}
