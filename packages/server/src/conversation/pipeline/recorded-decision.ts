import type { Decision, Uuid } from '@hyponema/contract'

/** A decision that will be stored with the turn. `blockedText` is what was withheld; it lives here and in the sealed row only. */
export type RecordedDecision = {
  readonly id: Uuid
  readonly decision: Decision
  readonly engineUs: number
  readonly blockedText: string | null
  readonly charactersHeard: number
  /** What it was decided about, as in the trace; absent: the turn itself. */
  readonly spanId?: number
}
