/**
 * Threat: one workspace fills the disk, the index or the reader of documents for all.
 * Rule: sources and bytes are counted while the workspace's row is held, so that two that come at once cannot both be the last.
 * Passages are counted in the transaction that makes them findable, without that row, which a worker may not hold: two workers
 * that end at the same moment in one workspace may together pass the limit, by one document at most.
 * On failure: knowledge.too_many_sources, knowledge.too_many_bytes or knowledge.too_many_chunks with the numbers; nothing is kept.
 */
import type { ErrorCode, WorkspaceLimits } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { lockWorkspace, readLimits } from '../workspaces/public.ts'
import { sumKnowledge } from './store.ts'

type Limit = Extract<keyof WorkspaceLimits, `knowledge_${string}`>

/** For whoever takes a source in; holds the workspace's row until the transaction ends. */
export async function checkQuota(tx: WorkspaceTx, bytes: number): Promise<void> {
  if ((await lockWorkspace(tx)) === undefined) throw notFound('workspace')
  const limits = await readLimits(tx)
  const has = await sumKnowledge(tx)
  refuseBeyond(limits, { limit: 'knowledge_sources', now: has.sources, more: 1 })
  refuseBeyond(limits, { limit: 'knowledge_bytes', now: has.bytes, more: bytes })
}

/** For the worker that has read a source, or reads it again: `more` passages than it has now. */
export async function checkPassages(tx: WorkspaceTx, more: number): Promise<void> {
  const { chunks: now } = await sumKnowledge(tx)
  refuseBeyond(await readLimits(tx), { limit: 'knowledge_chunks', now, more })
}

const codes = {
  knowledge_sources: ['knowledge.too_many_sources', 'sources'],
  knowledge_bytes: ['knowledge.too_many_bytes', 'bytes'],
  knowledge_chunks: ['knowledge.too_many_chunks', 'passages'],
} as const satisfies Record<Limit, readonly [ErrorCode, string]>

/** Who is above a limit that was lowered keeps what there is, and gets no more. */
function refuseBeyond(
  limits: WorkspaceLimits,
  { limit, now, more }: { readonly limit: Limit; readonly now: number; readonly more: number },
): void {
  if (more <= 0 || now + more <= limits[limit]) return
  const [code, what] = codes[limit]
  const detail = `The workspace has ${now} ${what} and may have ${limits[limit]}; this needs ${more} more. Delete what is not used, or ask who runs this server to raise ${limit}.`
  throw new AppError(code, detail, { errors: [{ pointer: '', detail }] })
}
