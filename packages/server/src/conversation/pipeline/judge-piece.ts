/**
 * Threat: a document or a tool's answer carries words that no reader sees, orders to the model, or words that a rule withholds;
 * or they are withheld and nobody can see it later.
 * Rule: every piece is scrubbed, then judged at its stage, before it becomes a segment of a prompt. Sentences that a decision
 * redacts leave a marker; each decision is kept for the turn and its trace, sealed with what was taken out. A plain `allow` is no row.
 * On failure: the engine decides `deny`; the piece is left out.
 */
import type { DecisionMatch } from '@hyponema/contract'
import { type CutSpan, readJson, readText } from './read-piece.ts'
import type { SessionContext } from './session-context.ts'
import type { RecordedDecision } from './turn-record.ts'

/** A piece as it came. The answer of a tool is JSON: its strings are scrubbed and judged, what it is made of stays. */
export type RawPiece =
  | { readonly stage: 'retrieval'; readonly text: string }
  | { readonly stage: 'tool_result'; readonly tool: string; readonly text: string }

/**
 * What may become a segment. `quarantined` says how many sentences were taken out of it, `leftOut` how many characters were one
 * too many.
 */
export type JudgedPiece = { readonly text: string; readonly quarantined: number; readonly leftOut: number }

/** What the model may read of a piece; undefined when it may read nothing. `keep` is called once, before it returns. */
export function judgePiece(
  { gate, newId }: Pick<SessionContext, 'gate' | 'newId'>,
  piece: RawPiece,
  keep: (decision: RecordedDecision) => void,
): JudgedPiece | undefined {
  const read = piece.stage === 'retrieval' ? readText(piece.text) : readJson(piece.text)
  const timed =
    piece.stage === 'retrieval' ? gate.decideRetrieval(read.words) : gate.decideToolResult(piece.tool, read.words)
  const { action, matches } = timed.decision
  const decide = (blockedText: string | null): void => keep({ id: newId(), ...timed, blockedText, charactersHeard: 0 })
  const spans = action === 'redact' ? joinSpans(matches) : []
  // A decision that takes sentences out and names none is one that we do not understand.
  const mayRead = action === 'allow' || action === 'annotate' || spans.length > 0
  if (!mayRead) {
    decide(gate.mask('to_transcript', piece.text))
    return undefined
  }
  const removed = spans.map(({ start, end }) => gate.mask('to_transcript', read.words.slice(start, end)))
  decide(removed.length === 0 ? null : removed.join('\n'))
  return {
    text: read.without(spans),
    quarantined: spans.filter(({ marker }) => marker === undefined).length,
    leftOut: read.leftOut,
  }
}

/** In their order, and each place once. What stands in the place of personal data is part of its match. */
function joinSpans(matches: readonly DecisionMatch[]): readonly CutSpan[] {
  const joined: { start: number; end: number; marker: string | undefined }[] = []
  for (const { span, view, folded } of matches.toSorted((left, right) => left.span.start - right.span.start)) {
    const marker = view === 'checksum' ? folded : undefined
    const last = joined.at(-1)
    if (last === undefined || span.start > last.end || (span.start === last.end && marker !== last.marker)) {
      joined.push({ ...span, marker })
      continue
    }
    // A whole sentence that goes takes with it what was personal in it.
    last.end = Math.max(last.end, span.end)
    if (marker === undefined) last.marker = undefined
  }
  return joined
}
