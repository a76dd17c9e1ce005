import type { Decision, Uuid } from '@hyponema/contract'
import type { DecideFacts, PolicyEvent } from '@hyponema/policy'

/** What the engine was asked: the event and the facts. Holds words of people; it lives here and in the sealed row only. */
export type AskedDecision = { readonly event: PolicyEvent; readonly facts: DecideFacts }

/** A decision that will be stored with the turn. `blockedText` is what was withheld; it lives here and in the sealed row only. */
export type RecordedDecision = {
  readonly id: Uuid
  readonly decision: Decision
  readonly engineUs: number
  readonly blockedText: string | null
  readonly charactersHeard: number
  /** What it was decided about, as in the trace; absent: the turn itself. */
  readonly spanId?: number
  /** Absent where the output gate decided, which was asked character by character. */
  readonly asked?: AskedDecision
}
