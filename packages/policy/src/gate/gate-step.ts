import type { Action, Decision } from '@hyponema/contract'

/**
 * Text that may leave now, exactly as it is to be said: as it came in, but behind a line with a blank before it and without
 * the punctuation that belonged to what the line replaced. Offsets count UTF-16 units of the source since the user's turn.
 */
export interface GateRelease {
  readonly kind: 'release'
  readonly text: string
  readonly sourceStart: number
  readonly sourceEnd: number
}

/** The gate stepped in at this point of the text. */
export interface GateBlock {
  readonly kind: 'block'
  /** To be sealed: its matches hold the blocked text as it was read. */
  readonly decision: Decision
  readonly action: Exclude<Action, 'allow'>
  /** The strongest of the rules that matched here; `engine/...` when the gate itself failed. */
  readonly ruleId: string
  /** What a user may see of it, as in "medical dosage". */
  readonly label: string
  /**
   * To be said here instead, exactly so: judged already by all that was heard before it. Null when the rule has none, when
   * it was said just before, and when it could not be said; then the turn stops, because the line is also what keeps the
   * pieces around it from joining.
   */
  readonly line: string | null
  /** Cancel the model and the voice; nothing more leaves in this turn but what goes through `gateLine`. */
  readonly stopTurn: boolean
  /** What is withheld, as far as it had come in. For the sealed decision only. */
  readonly blockedText: string
  readonly span: { readonly start: number; readonly end: number }
  /** How many characters of the matches had been heard already: in an earlier utterance of the turn, or in a line. */
  readonly headHeard: number
}

export type GateStep = GateRelease | GateBlock
