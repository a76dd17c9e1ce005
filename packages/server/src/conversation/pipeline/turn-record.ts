import type { Decision, SessionEventData, Uuid } from '@hyponema/contract'
import type { StoredToolCall } from '../../features/turns/public.ts'
import type { Cleared } from '../../kernel/cleared.ts'

/** A decision that will be stored with the turn. `blockedText` is what was withheld; it lives here and in the sealed row only. */
export type RecordedDecision = {
  readonly id: Uuid
  readonly decision: Decision
  readonly engineUs: number
  readonly blockedText: string | null
  readonly charactersHeard: number
}

export type TurnStatus = SessionEventData<'turn_end'>['status']

/** What has happened in one turn so far. One writer, the turn itself; read once, when it is committed. */
export class TurnRecord {
  readonly id: Uuid
  readonly userTurnId: Uuid | undefined
  readonly userText: string | undefined
  readonly startedAtMs: number
  readonly decisions: RecordedDecision[] = []
  readonly toolCalls: StoredToolCall[] = []
  status: TurnStatus = 'complete'
  /** A rule stopped what the user said: the model must not read it later either. */
  inputWithheld = false
  endsSession = false
  escalates = false
  inputTokens = 0
  outputTokens = 0
  firstTextMs: number | null = null
  #heard = ''

  constructor(options: { id: Uuid; userTurnId: Uuid | undefined; userText: string | undefined; startedAtMs: number }) {
    this.id = options.id
    this.userTurnId = options.userTurnId
    this.userText = options.userText
    this.startedAtMs = options.startedAtMs
  }

  /** What was really sent; nothing else becomes history. */
  get heard(): string {
    return this.#heard
  }

  get guardCount(): number {
    return this.decisions.filter(({ decision }) => decision.stage === 'output' && decision.action !== 'allow').length
  }

  sent(text: Cleared, nowMs: number): void {
    this.firstTextMs ??= Math.max(0, Math.round(nowMs - this.startedAtMs))
    this.#heard += text
  }

  /** The client left before it could read the last pieces: `text` is what did not leave, taken from the end. */
  takeBack(text: string): void {
    this.#heard = this.#heard.slice(0, this.#heard.length - text.length)
  }
}
