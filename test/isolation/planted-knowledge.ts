import type { Uuid } from '@hyponema/contract'
import { sealChunk } from '../../packages/server/src/features/knowledge/seal-chunk.ts'
import {
  insertChunks,
  insertKnowledge,
  lockKnowledge,
  swapRevision,
} from '../../packages/server/src/features/knowledge/store.ts'
import type { ContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { provenScope, type WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import type { Database } from '../../packages/server/src/platform/postgres/database.ts'
import { newId } from './scratch-database.ts'

type Doors = { readonly database: Database; readonly contentKeys: ContentKeys }
export type Passage = { readonly headings?: readonly string[]; readonly text: string }

export async function makeWorkspace({ database }: Doors): Promise<WorkspaceScope> {
  const scope = provenScope(newId())
  await database.withWorkspace(scope, (tx) =>
    tx.db.insertInto('tenant.workspaces').values({ workspace_id: tx.workspaceId, name: 'Library' }).execute(),
  )
  return scope
}

/** A source with these passages, as the worker leaves it. */
export async function plantKnowledge(
  doors: Doors,
  scope: WorkspaceScope,
  source: { readonly language?: string; readonly passages: readonly Passage[] },
): Promise<Uuid> {
  const id = newId()
  await doors.database.withWorkspace(scope, (tx) =>
    insertKnowledge(tx, {
      id,
      name: 'Source',
      sourceType: 'inline',
      mediaType: 'text/plain',
      language: source.language ?? null,
      byteCount: 1,
      contentSha256: Buffer.alloc(32),
      state: 'queued',
      createdBy: 'test',
      createdAt: new Date(),
    }),
  )
  await fillKnowledge(doors, scope, { id, passages: source.passages })
  return id
}

/** The next revision of a source: `swap` makes it the one that is searched. Resolves to the ids of its passages. */
export async function fillKnowledge(
  { database, contentKeys }: Doors,
  scope: WorkspaceScope,
  source: { readonly id: Uuid; readonly passages: readonly Passage[]; readonly swap?: boolean },
): Promise<readonly Uuid[]> {
  return database.workerWithWorkspace(scope, async (tx) => {
    const row = await lockKnowledge(tx, source.id)
    if (row === undefined) throw new Error('no such source')
    const key = await contentKeys.forWorkspace(tx)
    const revision = row.revision + 1
    const chunks = source.passages.map(({ headings = [], text }, position) => {
      const id = newId()
      const content = sealChunk(key, id, { headingPath: headings, page: null, text })
      return { id, position, content, characterCount: text.length, headings: headings.join('\n'), words: text }
    })
    key.destroy()
    await insertChunks(tx, { knowledgeId: source.id, revision, language: row.language, chunks })
    if (source.swap !== false)
      await swapRevision(tx, {
        id: source.id,
        revision,
        chunkCount: chunks.length,
        characterCount: chunks.reduce((sum, { characterCount }) => sum + characterCount, 0),
        now: new Date(),
      })
    return chunks.map(({ id }) => id)
  })
}
