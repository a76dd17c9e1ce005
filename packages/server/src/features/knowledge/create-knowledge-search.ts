/**
 * Finds the passages that fit a question, of some sources of one workspace.
 *
 * slot -> connection -> [still wanted?] -> sources that are ready -> index -> passages, opened
 *
 * Who aborts gets its answer at once. What runs then ends by itself: the server ends each statement after a fifth of a second, and
 * until it has, its slot is taken.
 */
import type { Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { FairSlots } from '../../kernel/fair-slots.ts'
import { unlessAborted } from '../../kernel/unless-aborted.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { renderSearchText } from './render-search-text.ts'
import { type ChunkContent, openChunk } from './seal-chunk.ts'
import { findChunkHits, findChunks, findSearched } from './store.ts'

/** A passage as its document has it: nobody has judged it yet. */
export type FoundChunk = ChunkContent & {
  readonly chunkId: Uuid
  readonly knowledgeId: Uuid
  /** Its place in the document. */
  readonly position: number
  /** How well it fits: to be compared within one search only. */
  readonly score: number
}

export type KnowledgeQuestion = {
  readonly scope: WorkspaceScope
  /** Those that are not there, not of this workspace or not ready are passed over. */
  readonly sources: readonly Uuid[]
  /** A person's words, whatever they are. */
  readonly question: string
  readonly most: number
}

/** Half of the connections that a process has, so that turns can always be written beside it. */
const limits = { most: 8, mostOfOne: 4 } as const

/** The database takes as much; of a longer question its beginning and its end are asked. */
const maxQuestionLength = 2_000

type Dependencies = { readonly withWorkspace: WithWorkspace; readonly contentKeys: ContentKeys }

export type KnowledgeSearch = {
  /** The best first. Rejects with the signal's reason when that aborts, and with what the database fails with. */
  readonly find: (asked: KnowledgeQuestion, signal: AbortSignal) => Promise<readonly FoundChunk[]>
}

/** One of a process: its slots are what bounds them all. */
export function createKnowledgeSearch(deps: Dependencies): KnowledgeSearch {
  const slots = new FairSlots(limits)
  return {
    find: async (asked, signal) => {
      const leave = await slots.take(asked.scope.workspaceId, signal)
      const search = deps
        .withWorkspace(asked.scope, (tx) => searchIn(tx, { ...asked, contentKeys: deps.contentKeys, signal }))
        .finally(leave)
      return unlessAborted(search, signal)
    },
  }
}

async function searchIn(
  tx: WorkspaceTx,
  { contentKeys, signal, ...asked }: KnowledgeQuestion & { contentKeys: ContentKeys; signal: AbortSignal },
): Promise<readonly FoundChunk[]> {
  // It may have waited for its connection longer than anybody waits for it.
  signal.throwIfAborted()
  const [, sources] = await Promise.all([tx.endSlowStatements(), findSearched(tx, asked.sources)])
  signal.throwIfAborted()
  const hits = await findChunkHits(tx, {
    question: shortened(renderSearchText(asked.question)),
    sources,
    most: asked.most,
  })
  signal.throwIfAborted()
  if (hits.length === 0) return []
  const contents = await findChunks(
    tx,
    hits.map(({ id }) => id),
  )
  const rows = new Map(contents.map((row) => [row.id, row]))
  const key = await contentKeys.forWorkspace(tx)
  try {
    return hits.flatMap(({ id: chunkId, knowledgeId, score }): readonly FoundChunk[] => {
      const row = rows.get(chunkId)
      if (row === undefined) return []
      const { position } = row
      return [{ chunkId, knowledgeId, position, score, ...openChunk(key, chunkId, row.content, 'conversation') }]
    })
  } finally {
    key.destroy()
  }
}

function shortened(question: string): string {
  const characters = [...question]
  if (characters.length <= maxQuestionLength) return question
  const half = maxQuestionLength / 2 - 1
  return `${characters.slice(0, half).join('')} ${characters.slice(-half).join('')}`
}
