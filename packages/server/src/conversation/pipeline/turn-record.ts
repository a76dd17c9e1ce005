import type { Decision, SessionEventData, Uuid } from '@hyponema/contract'
import type { StoredToolCall } from '../../features/turns/public.ts'
import type { Cleared } from '../../kernel/cleared.ts'
import { HeardText } from './heard-text.ts'

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
  /** As the provider counted; our estimate where it did not, or where the call was cut. */
  inputTokens = 0
  outputTokens = 0
  firstTextMs: number | null = null
  readonly #text = new HeardText()

  constructor(options: { id: Uuid; userTurnId: Uuid | undefined; userText: string | undefined; startedAtMs: number }) {
    this.id = options.id
    this.userTurnId = options.userTurnId
    this.userText = options.userText
    this.startedAtMs = options.startedAtMs
  }

  /** What the person got; nothing else is stored or becomes history. */
  get heard(): string {
    return this.#text.heard
  }

  /** What was handed on so far. Only the model of this very turn may be told that it was said. */
  get said(): string {
    return this.#text.said
  }

  /** How often the guard stepped in, at whichever stage. */
  get guardCount(): number {
    return this.decisions.filter(
      ({ decision: { stage, action } }) => stage !== 'escalation' && action !== 'allow' && action !== 'annotate',
    ).length
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
