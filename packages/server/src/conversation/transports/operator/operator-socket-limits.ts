import type { TokenRate } from '../../../kernel/token-bucket.ts'

/** What one live socket of an operator may take. Tests pass shorter times. */
export type OperatorSocketLimits = {
  /** How long a ticket may take to be judged. */
  readonly admitMs: number
  readonly pingMs: number
  /** Looks again at who it is and at the queue, whether a signal came or not. */
  readonly lookMs: number
  /** At most one look in this time: many changes at once are one. */
  readonly settleMs: number
  /** Then it is to be opened again, with a new ticket. */
  readonly openMs: number
  /** How long the other side may take to answer a close. */
  readonly closeMs: number
  /** A message of 2,000 characters in JSON, each escaped. */
  readonly messageBytes: number
  /** Sent and not taken: nothing more is sent before it is; who answers no ping is let go. */
  readonly unsentBytes: number
  /** A person types and switches; a page says both. */
  readonly frames: TokenRate
  /** Who has this many pages open does not read them. */
  readonly perPrincipal: number
  readonly perWorkspace: number
}

export const operatorSocketLimits: OperatorSocketLimits = {
  admitMs: 4_500,
  pingMs: 20_000,
  lookMs: 5_000,
  settleMs: 200,
  openMs: 10 * 60_000,
  closeMs: 3_000,
  messageBytes: 16 * 1024,
  unsentBytes: 256 * 1024,
  frames: { burst: 30, perSecond: 5 },
  perPrincipal: 6,
  perWorkspace: 200,
}
