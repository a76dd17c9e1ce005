/**
 * Threat: words of a note that a rule withholds reach the model, or are withheld and nobody can see it later.
 * Rule: every piece of a note passes the retrieval stage, and each decision but a plain `allow` is kept for the turn.
 * On failure: the engine decides `deny`; the piece is left out.
 */
import type { SessionContext } from './session-context.ts'
import type { RecordedDecision } from './turn-record.ts'

/** Whether the model may have this piece of a note. */
export function judgeNote(
  { gate, newId }: Pick<SessionContext, 'gate' | 'newId'>,
  text: string,
  keep: (decision: RecordedDecision) => void,
): boolean {
  const timed = gate.decideRetrieval(text)
  const { action } = timed.decision
  const mayRead = action === 'allow' || action === 'annotate'
  if (action !== 'allow') {
    keep({ id: newId(), ...timed, blockedText: mayRead ? null : text, charactersHeard: 0 })
  }
  return mayRead
}
