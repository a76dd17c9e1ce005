/**
 * Threat: a document makes a turn wait, ends it, or brings words to the model that no rule has seen.
 * Rule: 150 ms from the question to the passages, the wait for a connection included; every passage is scrubbed and passes the
 * retrieval stage before it becomes a part of the prompt, as data of a document and of this turn alone.
 * On failure: the turn goes on without, and its trace says why.
 */
import { encodeId, type SpanDetail } from '@hyponema/contract'
import type { FoundChunk } from '../../features/knowledge/public.ts'
import { deadline } from '../../kernel/deadline.ts'
import { unlessAborted } from '../../kernel/unless-aborted.ts'
import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import { judgePiece } from './judge-piece.ts'
import type { Turn } from './turn.ts'
import type { RecordedDecision } from './turn-record.ts'

/** What voice can spare before an answer; the slowest search takes half of it on a busy machine (`npm run bench:knowledge`). */
const budgetMs = 150

type Outcome = SpanDetail<'retrieval'>['outcome']

/** What the agent's documents say about the person's words. Throws only when the turn itself was ended. */
export async function retrieveKnowledge(
  { context, record, signal }: Pick<Turn, 'context' | 'record' | 'signal'>,
  question: string,
  keep: (decision: RecordedDecision) => void,
): Promise<readonly PromptPart[]> {
  const { searchKnowledge } = context
  if (searchKnowledge === undefined) return []
  const sources = context.agent.knowledge.sources.length
  const span = record.trace.begin('retrieval', {
    name: 'knowledge',
    detailIfCut: () => ({ outcome: 'failed', sources, chunks: [] }),
  })
  const { outcome, found } = await search(searchKnowledge, question, signal)
  signal.throwIfAborted()
  const parts: PromptPart[] = []
  const chunks = found.map((chunk) => {
    const text = textOf(chunk)
    const piece = judgePiece(context, { stage: 'retrieval', text }, (decision) =>
      keep({ ...decision, spanId: span.id }),
    )
    const id = encodeId('chunk', chunk.chunkId)
    if (piece !== undefined) {
      const segment = makePromptSegment({ ...piece, source: `document:${id}`, trust: 'document' })
      parts.push({ kind: 'data', segment })
    }
    return {
      chunk_id: id,
      knowledge_id: encodeId('knowledge', chunk.knowledgeId),
      position: chunk.position,
      page: chunk.page,
      score: chunk.score,
      characters: text.length,
      used: piece !== undefined,
    }
  })
  span.end({ outcome, sources, chunks }, outcome === 'timed_out' || outcome === 'failed' ? 'failed' : 'ok')
  return parts
}

async function search(
  searchKnowledge: NonNullable<Turn['context']['searchKnowledge']>,
  question: string,
  parent: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly found: readonly FoundChunk[] }> {
  if (!/[\p{L}\p{N}]/u.test(question)) return { outcome: 'no_question', found: [] }
  const limit = deadline({ timeoutMs: budgetMs, code: 'server.database_unavailable', what: 'the search', parent })
  try {
    const found = await unlessAborted(searchKnowledge(question, limit.signal), limit.signal)
    return { outcome: found.length === 0 ? 'nothing' : 'found', found }
  } catch {
    return { outcome: limit.signal.aborted ? 'timed_out' : 'failed', found: [] }
  } finally {
    limit.clear()
  }
}

/** Under its headings, as a reader of the document sees it. */
function textOf({ headingPath, text }: FoundChunk): string {
  const headings = headingPath
    .map((heading) => heading.replaceAll(/\s+/g, ' ').trim())
    .filter((heading) => heading !== '')
  return headings.length === 0 ? text : `# ${headings.join(' > ')}\n${text}`
}
