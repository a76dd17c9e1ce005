import type { Listener, SessionContext } from './session-context.ts'
import type { TurnRecord } from './turn-record.ts'

/** One turn while it runs: whose it is, what has happened so far, who listens, and when it is to stop. */
export type Turn = Listener & {
  readonly context: SessionContext
  readonly record: TurnRecord
  readonly signal: AbortSignal
}
