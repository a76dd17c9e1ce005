import type { EndReason, SessionEventData, SpanStatus, Uuid } from '@hyponema/contract'
import type { StoredToolCall } from '../../features/turns/public.ts'
import type { Cleared } from '../../kernel/cleared.ts'
import { addPolicySpan } from './add-policy-span.ts'
import { HeardText } from './heard-text.ts'
import type { MessageHow } from './message-how.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import { TurnTrace } from './turn-trace.ts'

export type { RecordedDecision } from './recorded-decision.ts'

export type TurnStatus = SessionEventData<'turn_end'>['status']

const spanStatusOf = { complete: 'ok', blocked: 'refused', cut: 'cut' } as const satisfies Record<
  TurnStatus,
  SpanStatus
>

/** What a turn says that nobody asked for: the first message, a prompt after a long silence, a goodbye. Not cleared yet. */
export type AgentLine = {
  readonly text: string
  readonly source: 'first_message' | 'idle_line' | 'operator'
  /** The operator's only while every word is. */
  readonly trust: 'operator' | 'user'
}

/** What a turn is about: the person's words, or a line of the agent's own. */
export type TurnSubject =
  | { readonly userTurnId: Uuid; readonly userText: string; readonly how?: MessageHow; readonly beganMs?: number }
  | { readonly line: AgentLine; readonly endReason?: EndReason; readonly operatorMessageId?: Uuid }

/** A call in the record, under the id that clients are told. */
export type OpenCall = {
  readonly callId: string
  readonly end: (status: StoredToolCall['status'], result: string) => void
}

/** What has happened in one turn so far. One writer, the turn itself; read once, when it is committed. */
export class TurnRecord {
  readonly id: Uuid
  readonly userTurnId: Uuid | undefined
  readonly userText: string | undefined
  readonly userHow: MessageHow
  /** When the person began to say it; undefined where nobody knows. */
  readonly userBeganMs: number | undefined
  /** The first message is filled in when the turn begins, with what the session knows by then. */
  line: AgentLine | undefined
  /** The session ends with this turn, for this reason, unless somebody speaks up meanwhile. */
  endReason: EndReason | undefined
  /** The line is this message of an operator's. */
  readonly operatorMessageId: Uuid | undefined
  readonly startedAtMs: number
  readonly trace = new TurnTrace(() => performance.now())
  readonly decisions: RecordedDecision[] = []
  readonly toolCalls: StoredToolCall[] = []
  status: TurnStatus = 'complete'
  /** A rule stopped what the user said: the model must not read it later either. */
  inputWithheld = false
  endsSession = false
  escalates = false
  /** The agent itself called for a person; the escalation stage decides about it when the turn is over. */
  asksForPerson = false
  /** The model has spoken after the last of its calls, so that what was heard tells what they came to. */
  hasToldCalls = false
  /** Once in a turn is enough, whichever tool keeps the person waiting. */
  hasSaidWaitingLine = false
  /** Somebody ended it before it had been said: the person, mostly. */
  wasInterrupted = false
  /** It did not end as it should have: the model, the speech or a deadline failed. */
  failed = false
  /** As the provider counted; our estimate where it did not, or where the call was cut. */
  inputTokens = 0
  outputTokens = 0
  firstTextMs: number | null = null
  readonly #text = new HeardText()
  readonly #onKept: (kept: RecordedDecision) => void

  constructor(options: {
    id: Uuid
    subject: TurnSubject
    startedAtMs: number
    onKept?: (kept: RecordedDecision) => void
  }) {
    const { subject } = options
    this.id = options.id
    this.startedAtMs = options.startedAtMs
    this.userTurnId = 'userTurnId' in subject ? subject.userTurnId : undefined
    this.userText = 'userText' in subject ? subject.userText : undefined
    this.userHow = 'how' in subject ? (subject.how ?? 'typed') : 'typed'
    this.userBeganMs = 'userText' in subject ? subject.beganMs : undefined
    this.#onKept = options.onKept ?? (() => undefined)
    this.line = 'line' in subject ? subject.line : undefined
    this.operatorMessageId = 'line' in subject ? subject.operatorMessageId : undefined
    this.endReason = 'line' in subject ? subject.endReason : undefined
  }

  /** What the person got; nothing else is stored or becomes history. */
  get heard(): string {
    return this.#text.heard
  }

  /** What was handed on so far. Only the model of this very turn may be told that it was said. */
  get said(): string {
    return this.#text.said
  }

  /**
   * A call is made, or refused. From now on it stands in the record, as one of which nobody knows what became of it until `end`
   * says so: a turn that is cut meanwhile has called all the same.
   */
  openCall(name: string, argumentsJson: string): OpenCall {
    const index = this.toolCalls.length
    const call = { call_id: `call_${index + 1}`, name, arguments: argumentsJson }
    this.toolCalls.push({ ...call, status: 'failed', result: '' })
    return {
      callId: call.call_id,
      end: (status, result) => {
        this.toolCalls[index] = { ...call, status, result }
      },
    }
  }

  /** How often the guard stepped in, at whichever stage. A question is none. */
  get guardCount(): number {
    return this.decisions.filter(
      ({ decision: { stage, action, mode } }) =>
        mode === 'enforce' &&
        stage !== 'escalation' &&
        action !== 'allow' &&
        action !== 'annotate' &&
        action !== 'confirm',
    ).length
  }

  /** Keeps a decision for the trace and, but for a plain `allow`, as a row of its own. */
  keep(kept: RecordedDecision): void {
    addPolicySpan(this.trace, kept)
    this.#onKept(kept)
    if (kept.decision.action !== 'allow') this.decisions.push(kept)
  }

  /** The trace as it is stored. What is still open was cut. */
  takeTrace(): ReturnType<TurnTrace['take']> {
    const detail = { role: 'agent', spoken_characters: this.heard.length } as const
    return this.trace.take(detail, this.failed ? 'failed' : spanStatusOf[this.status])
  }

  say(text: Cleared, nowMs: number): void {
    this.firstTextMs ??= Math.max(0, Math.round(nowMs - this.startedAtMs))
    this.#text.say(text)
  }

  /** The person has got so many characters of what was said, from its beginning. */
  reached(length: number): void {
    this.#text.reached(length)
  }

  /** The model stopped in the middle: its last word may be the beginning of another one, so it does not count. */
  breakOff(): void {
    this.#text.breakOff()
    if (this.status === 'complete') this.status = 'cut'
  }

  /** The person hears no more of it. */
  cut(): void {
    this.#text.cut()
    if (this.status === 'complete') this.status = 'cut'
  }
}
