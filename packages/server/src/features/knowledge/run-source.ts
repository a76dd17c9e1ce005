/**
 * One try at one source:
 *
 * claimed -> its file opened -> read in a process of its own -> passages written beside the old ones, batch by batch -> swapped, and
 *    |              |                    |                                    |                                           ready
 *    |              +--------------------+------- a refusal of the document --+-> failed, the old passages stay
 *    |                                   +------- out of time or memory, or our own failure -> queued again, failed after three
 *    |                                   +------- the server stops -> queued again, and the try does not count
 *    +-> killed: no sign of life for 60 s -> claimed by whoever comes next, failed after three
 *
 * Each write asks first, with the row held, whether this is still the try that counts; a try that is not (the source was deleted,
 * or somebody else has begun anew) writes nothing and ends.
 */

import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { parseDocument } from '../../platform/documents/parse-document.ts'
import type { DocumentChunk } from '../../platform/documents/parsed-document.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { checkPassages } from './check-quota.ts'
import { isLastTry, triesOfRound } from './claim-attempt.ts'
import { type Claimed, holdMs, isStillClaimed } from './claim-source.ts'
import { failSource } from './fail-source.ts'
import { sealChunk } from './seal-chunk.ts'
import {
  deleteOtherRevisions,
  insertChunks,
  putKnowledgeDue,
  setKnowledgeProgress,
  setKnowledgeState,
  swapRevision,
} from './store.ts'
import { type ObjectParts, readObject } from './write-object.ts'

export type SourceParts = ObjectParts & {
  readonly parse: typeof parseDocument
  readonly clock: Clock
  readonly newId: NewId
  readonly onError: (error: unknown) => void
  /** How often a try says how far it is, which is also its sign of life. */
  readonly reportMs: number
}

/** Some 100 kB in one statement, which is over in a tenth of a second; whoever waits for the row waits no longer. */
const batchSize = 100
/** After the first try and after the second. */
const pausesMs = [5_000, 60_000]
/** A document that only this machine at this moment could not read. */
const worthAnotherTry = new Set(['knowledge.timeout', 'knowledge.memory'])

type Run = { readonly scope: WorkspaceScope; readonly claimed: Claimed; readonly cutting: AbortSignal }

/** Resolves when the try has come to its end, whatever that is. Failures that are ours are told to `onError`. */
export async function runSource(parts: SourceParts, { scope, claimed, cutting }: Run): Promise<void> {
  const run = new SourceRun(parts, scope, claimed)
  const cut = (): void => run.cut()
  cutting.addEventListener('abort', cut, { once: true })
  if (cutting.aborted) run.cut()
  try {
    await run.work()
  } catch (error) {
    await run.end(error).catch(parts.onError)
  } finally {
    cutting.removeEventListener('abort', cut)
    await run.close()
  }
}

class SourceRun {
  readonly #parts: SourceParts
  readonly #scope: WorkspaceScope
  readonly #claimed: Claimed
  /** Aborted when the server stops, and when the try does not count any more. */
  readonly #ending = new AbortController()
  readonly #reports: NodeJS.Timeout
  #progress: { readonly done: number; readonly total: number | null } = { done: 0, total: null }
  #reporting: Promise<void> | undefined
  #isOutdated = false
  #isCut = false

  constructor(parts: SourceParts, scope: WorkspaceScope, claimed: Claimed) {
    this.#parts = parts
    this.#scope = scope
    this.#claimed = claimed
    this.#reports = setInterval(() => this.#report(), parts.reportMs).unref()
  }

  /** The server stops. */
  cut(): void {
    this.#isCut = true
    this.#ending.abort()
  }

  async close(): Promise<void> {
    clearInterval(this.#reports)
    await this.#reporting
  }

  async work(): Promise<void> {
    const chunks = await this.#read()
    const { id, source } = this.#claimed
    const more = chunks.length - source.chunkCount
    // Before the work, and again when it counts.
    await this.#write((tx) => checkPassages(tx, more))
    for (let from = 0; from < chunks.length; from += batchSize) {
      this.#ending.signal.throwIfAborted()
      await this.#write((tx) => this.#insert(tx, chunks, from))
    }
    const characterCount = chunks.reduce((sum, { text }) => sum + text.length, 0)
    await this.#write(async (tx) => {
      await checkPassages(tx, more)
      await swapRevision(tx, {
        id,
        revision: this.#revision,
        chunkCount: chunks.length,
        characterCount,
        now: this.#now,
      })
      await tx.dispatchDone('knowledge', id)
    })
  }

  /** What becomes of a source whose try did not come to its end. */
  async end(error: unknown): Promise<void> {
    if (this.#isOutdated) return
    const { source, attempt } = this.#claimed
    const refusal = error instanceof AppError && error.code.startsWith('knowledge.') ? error : undefined
    if (refusal === undefined && !this.#isCut) this.#parts.onError(error)
    await this.#write(async (tx) => {
      if (this.#isCut && refusal === undefined) return this.#again(tx, { attempts: attempt - 1, inMs: 0 })
      const isFinal = isLastTry(attempt) || (refusal !== undefined && !worthAnotherTry.has(refusal.code))
      if (!isFinal) return this.#again(tx, { attempts: attempt, inMs: pausesMs[(attempt - 1) % triesOfRound] ?? 0 })
      const { code, message } = refusal ?? new AppError('knowledge.interrupted', ourFailure)
      await failSource(tx, source, { code, detail: message, nowMs: this.#nowMs })
    })
  }

  async #read(): Promise<readonly DocumentChunk[]> {
    const { source } = this.#claimed
    const bytes = await this.#open()
    try {
      // Under no name: what it is was told by its bytes when it came, and people may call it something else since.
      const { chunks } = await this.#parts.parse(
        { bytes, name: '', declaredType: source.mediaType },
        {
          signal: this.#ending.signal,
          onProgress: (done, total) => {
            this.#progress = { done, total }
          },
        },
      )
      return chunks
    } finally {
      bytes.fill(0)
    }
  }

  async #open(): Promise<Buffer> {
    const place = { scope: this.#scope, id: this.#claimed.id }
    const bytes = await readObject(this.#parts, place, 'processing').catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'credential.sealed_unreadable') return undefined
      throw error
    })
    if (bytes === undefined) throw new AppError('knowledge.file_missing', noFile)
    return bytes
  }

  async #insert(tx: WorkspaceTx, all: readonly DocumentChunk[], from: number): Promise<void> {
    const { id, source } = this.#claimed
    const batch = all.slice(from, from + batchSize)
    const key = await this.#parts.contentKeys.forWorkspace(tx)
    try {
      const chunks = batch.map((chunk, index) => {
        const chunkId = this.#parts.newId()
        return {
          id: chunkId,
          position: from + index,
          content: sealChunk(key, chunkId, chunk),
          characterCount: chunk.text.length,
          headings: chunk.headingPath.join('\n'),
          words: chunk.text,
        }
      })
      await insertChunks(tx, { knowledgeId: id, revision: this.#revision, language: source.language, chunks })
    } finally {
      key.destroy()
    }
    this.#progress = { done: from + batch.length, total: all.length }
    await this.#tell(tx)
  }

  async #again(tx: WorkspaceTx, { attempts, inMs }: { attempts: number; inMs: number }): Promise<void> {
    const { id, source } = this.#claimed
    await deleteOtherRevisions(tx, { id, keep: source.revision })
    await setKnowledgeState(tx, { id, now: this.#now, state: 'queued', attempts })
    await putKnowledgeDue(tx, id, inMs)
  }

  /** In the rhythm of its life: the sign of it, and how far it is. One at a time. */
  #report(): void {
    this.#reporting ??= this.#write((tx) => this.#tell(tx))
      .catch((error: unknown) => {
        if (!this.#isOutdated) this.#parts.onError(error)
      })
      .finally(() => {
        this.#reporting = undefined
      })
  }

  async #tell(tx: WorkspaceTx): Promise<void> {
    const { id } = this.#claimed
    await setKnowledgeProgress(tx, { id, now: this.#now, ...this.#progress })
    await putKnowledgeDue(tx, id, holdMs)
  }

  /** A transaction in which the try is the one that counts. */
  async #write(work: (tx: WorkspaceTx) => Promise<void>): Promise<void> {
    await this.#parts.withWorkspace(this.#scope, async (tx) => {
      if (await isStillClaimed(tx, this.#claimed)) return work(tx)
      this.#isOutdated = true
      this.#ending.abort()
      throw new AppError('request.conflict', 'this try at a source does not count any more')
    })
  }

  get #revision(): number {
    return this.#claimed.source.revision + 1
  }

  get #nowMs(): number {
    return this.#parts.clock.nowMs()
  }

  get #now(): Date {
    return new Date(this.#nowMs)
  }
}

const noFile =
  'The file is not in the store of this server, or it is not as it was stored. Delete the source and send the file again.'
const ourFailure =
  'The server failed at it three times; its log says why. Process the source again when that is repaired.'
