import type { Stage, Uuid } from '@hyponema/contract'
import type { DecideFacts } from '@hyponema/policy'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { MessageHow } from '../pipeline/message-how.ts'
import type { RecordedDecision } from '../pipeline/recorded-decision.ts'
import type { TurnRecord } from '../pipeline/turn-record.ts'

/** What a person said, before any stage has seen it. */
export type UserSaid = {
  readonly turnId: Uuid
  readonly text: string
  readonly how: MessageHow
  readonly atMs: number
}

/** What a watch may need when it writes with a turn. */
export type WrittenTurn = {
  readonly sessionId: Uuid
  readonly userId: Uuid
  readonly record: TurnRecord
  readonly now: Date
  readonly contentKeys: ContentKeys
}

/**
 * Remembers one kind of thing over the turns of a session (what the user asked for, what rests, what failed) and makes facts of
 * it for the policy engine. Everything it needs from the database it got when the session was joined.
 */
export type SafetyWatch = {
  /** Before the input stage. */
  readonly userSaid?: (said: UserSaid) => void
  /** What it knows that this stage's rules may ask for. Called before each decision. */
  readonly facts?: (stage: Stage) => Partial<DecideFacts>
  /** What a model is told because of what it knows; words of ours and names of rules only. */
  readonly instructions?: () => readonly string[]
  /** After each decision, an `allow` too. */
  readonly decided?: (kept: RecordedDecision) => void
  readonly toolCalled?: (call: { readonly name: string; readonly isOk: boolean }) => void
  /** In the transaction of the turn. It must only write what can be written again when the commit fails. */
  readonly write?: (tx: WorkspaceTx, turn: WrittenTurn) => Promise<void>
  /** The turn has committed. */
  readonly written?: () => void
}
