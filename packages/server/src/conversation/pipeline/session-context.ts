import type { AgentDocument, SessionEvent, SessionEventData, Uuid } from '@hyponema/contract'
import type { FoundChunk } from '../../features/knowledge/public.ts'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { Cleared } from '../../kernel/cleared.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { SessionLedger } from '../credential-ledger.ts'
import type { HandOver } from '../hand-over/hand-over.ts'
import type { OpeningLines } from '../opening-lines.ts'
import type { PolicyGate } from '../policy-gate.ts'
import type { PromptPart } from '../prompt-segment.ts'
import type { ModelPort } from '../providers/model-port.ts'
import type { SessionSafety } from '../safety/session-safety.ts'
import type { SessionPolicy } from '../session-policy.ts'
import type { SessionSpeech, SpeechUsage } from '../session-speech.ts'
import type { SessionVariables } from '../session-variables.ts'
import type { SessionTools } from '../tools/create-session-tools.ts'
import type { SessionCalls } from '../tools/session-calls.ts'
import type { ToolBudget } from '../tools/tool-budget.ts'
import type { ToolDays } from '../tools/tool-days.ts'
import type { RecordedDecision } from './turn-record.ts'

/** A credential that the session has loaded. `revoke` wipes it; the session goes on without. */
export type HeldCredential = { readonly credentialId: Uuid; readonly version: number; readonly revoke: () => void }

/**
 * Everything a turn needs, loaded when the session was joined, so that no turn reads the database before it commits, but for the
 * search of an agent that has documents, and for calls that a rule bounds by the day.
 */
export type SessionContext = {
  readonly scope: WorkspaceScope
  readonly sessionId: Uuid
  readonly userId: Uuid
  /** The one token that speaks for this session. */
  readonly tokenJti: Uuid
  readonly agent: AgentDocument
  readonly firstMessage: string | undefined
  /** What a model is told to answer in, as it is now; undefined leaves it to the model. */
  readonly language: string | undefined
  /** The person speaks another one: from the next prompt on it is this. */
  readonly changeLanguage: (language: string) => void
  readonly variables: SessionVariables
  readonly allowedOrigins: readonly string[]
  /** When the session ends by itself. */
  readonly expiresAtMs: number
  readonly policySha256: Buffer
  readonly userKey: UserContentKey
  readonly model: ModelPort
  readonly tools: SessionTools
  readonly toolBudget: ToolBudget
  /** What its calls came to, and the one that waits for the person's word. */
  readonly calls: SessionCalls
  /** What rules with a budget of the day count. */
  readonly toolDays: ToolDays
  readonly gate: PolicyGate
  /** Which layers the gate runs on, and the way to the floors of now. */
  readonly policy: SessionPolicy
  /** What the session opens with, until it was heard. */
  readonly opening: OpeningLines
  /** What rules ask for besides the words: counters, clocks and states of this session and its person. */
  readonly safety: SessionSafety
  /** Whether a person of the workspace talks in place of the agent. */
  readonly handOver: HandOver
  readonly clock: Clock
  readonly newId: NewId
  /** What was said and heard so far. Appended by the turn that said it. */
  readonly history: PromptPart[]
  /** Decisions that the retrieval stage took while a model was answering; they are stored with that turn. */
  readonly takeKeptDecisions: () => readonly RecordedDecision[]
  /** The ears and the mouth; undefined in a text session. */
  readonly speech: SessionSpeech | undefined
  /**
   * Finds what the agent's documents say about a question: the best first, not judged yet. Rejects when the signal aborts or the
   * database fails. Undefined where the agent has no documents.
   */
  readonly searchKnowledge: ((question: string, signal: AbortSignal) => Promise<readonly FoundChunk[]>) | undefined
  /** Said once in a turn whose model is slow; a text session has none. */
  readonly filler: { readonly afterMs: number; readonly text: string } | undefined
  /** What the speech providers were given since it was last asked; nothing in a text session. */
  readonly takeSpeechUsage: () => SpeechUsage
  /** The keys that it holds, each of which somebody may revoke meanwhile. */
  readonly credentials: readonly HeldCredential[]
  /** How often they were opened; written with each turn. */
  readonly openings: SessionLedger
}

/** What a turn tells while it runs: the events of the wire, of which words are cleared by type. */
export type TurnEvent =
  | Exclude<SessionEvent, { event: 'token' | 'tool_call' | 'tool_result' }>
  | { readonly event: 'token'; readonly data: { readonly turn_id: string; readonly text: Cleared } }
  | {
      readonly event: 'tool_call'
      readonly data: Omit<SessionEventData<'tool_call'>, 'arguments'> & { readonly arguments?: Cleared }
    }
  | {
      readonly event: 'tool_result'
      readonly data: Omit<SessionEventData<'tool_result'>, 'result'> & { readonly result?: Cleared }
    }

/** The way from a turn to its person. A text client has its queue, a voice its player. */
export type Listener = {
  /** Hands one event on; waits while the client is slow. False when it will not be told any more. */
  readonly emit: (event: TurnEvent) => Promise<boolean>
  /** Nothing that follows belongs to the same sentence, and it may be long until then: what waits for its end is said now. */
  readonly pause?: () => void
  /** Whether what was handed on is still being spoken. Absent: nothing is spoken, it is there at once. */
  readonly isSpeaking?: () => boolean
  /** Waits for everything that was handed on to be heard. False when it never will be: nobody listens any more. */
  readonly heardAll: (signal: AbortSignal) => Promise<boolean>
  /** How long that may take once everything was handed on. Absent: what is left of the time for the whole turn. */
  readonly speechMs?: number
}

export type Emit = Listener['emit']
