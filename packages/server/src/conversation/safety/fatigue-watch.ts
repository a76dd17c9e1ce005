/**
 * Threat: nobody notices that a person is tired, or the same thing is said to it again and again.
 * Rule: counts of the person's turns and times, never its words, become the facts of the tick stage; what that stage has asked
 * for is remembered for the session, so that each is done once. Text and timing only, never the sound of a voice.
 * On failure: the facts are still there, and the tick stage decides by what it has.
 */
import { encodeId, type FatigueResponse, type Uuid } from '@hyponema/contract'
import {
  type DecideFacts,
  localTimeAt,
  type NoticedTurn,
  noticeTiredness,
  type TickFacts,
  type ZoneTransitions,
} from '@hyponema/policy'
import { recordEvent } from '../../features/webhooks/public.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { RecordedDecision } from '../pipeline/recorded-decision.ts'
import type { SafetyWatch, UserSaid, WrittenTurn } from './safety-watch.ts'
import { type OpenTime, talkToday } from './talk-today.ts'

/** What the score looks back on. */
const noticedTurns = 10
const repliesKept = 20

type Options = {
  readonly clock: Clock
  readonly newId: NewId
  readonly channel: TickFacts['channel']
  /** Undefined: nobody has said where the person is. Its day is then that of UTC. */
  readonly userZone: string | undefined
  /** The person's zone and those that windows name, at this time. */
  readonly zonesAt: (atMs: number) => readonly ZoneTransitions[]
  readonly language: () => string | undefined
  readonly earlierSessions: readonly OpenTime[]
}

type Alert = Extract<RecordedDecision['decision']['obligations'][number], { kind: 'fatigue' }> & {
  readonly decisionId: Uuid
}

const softerRule =
  'The person seems tired. Use short sentences and plain words, say one thing at a time, and ask no more than one question.'

export class FatigueWatch implements SafetyWatch {
  readonly #options: Options
  readonly #startedAtMs: number
  readonly #noticed: NoticedTurn[] = []
  readonly #replyCharacters: number[] = []
  readonly #replyDelaysMs: number[] = []
  readonly #doneResponses = new Map<string, FatigueResponse[]>()
  readonly #remindedAtMs = new Map<string, number>()
  readonly #windingDownSinceMs = new Map<string, number>()
  #lastSaidMs: number
  /** When the person had heard the last turn of the agent; undefined while none was. */
  #heardAtMs: number | undefined
  #speaksSofter = false
  #alerts: Alert[] = []

  constructor(options: Options) {
    this.#options = options
    this.#startedAtMs = options.clock.nowMs()
    this.#lastSaidMs = this.#startedAtMs
  }

  userSaid({ text, atMs }: UserSaid): void {
    const before = this.#noticed.map(({ said }) => said)
    keepLast(this.#noticed, noticeTiredness(text, before), noticedTurns)
    keepLast(this.#replyCharacters, text.length, repliesKept)
    if (this.#heardAtMs !== undefined) keepLast(this.#replyDelaysMs, Math.max(0, atMs - this.#heardAtMs), repliesKept)
    this.#lastSaidMs = atMs
  }

  facts(stage: string): Partial<DecideFacts> {
    return stage === 'tick' ? { tick: this.#tick() } : {}
  }

  instructions(): readonly string[] {
    return this.#speaksSofter ? [softerRule] : []
  }

  decided({ id, decision }: RecordedDecision): void {
    if (decision.stage !== 'tick') return
    const isShadow = decision.mode === 'shadow'
    const { nowMs, sessionMs } = this.#tick()
    for (const obligation of decision.obligations) {
      const { kind } = obligation
      if (kind === 'remind') {
        const { ruleId, name } = obligation
        const key = ruleId.startsWith('builtin/') ? ruleId : `${ruleId}:${name}`
        this.#remindedAtMs.set(key, sessionMs)
      } else if (kind === 'fatigue') {
        const { ruleId, response } = obligation
        this.#doneResponses.set(ruleId, [...(this.#doneResponses.get(ruleId) ?? []), response])
        if (isShadow) continue
        this.#speaksSofter = true
        this.#alerts.push({ ...obligation, decisionId: id })
      } else if (kind === 'wind_down' && !this.#windingDownSinceMs.has(obligation.ruleId)) {
        this.#windingDownSinceMs.set(obligation.ruleId, nowMs)
      }
    }
  }

  async write(tx: WorkspaceTx, { sessionId, userId, now, contentKeys }: WrittenTurn): Promise<void> {
    for (const { decisionId, score, signals, response } of this.#alerts) {
      await recordEvent(tx, {
        id: this.#options.newId(),
        type: 'fatigue.alert',
        userId,
        sessionId,
        contentKeys,
        createdAt: now,
        data: {
          session_id: encodeId('session', sessionId),
          user_id: encodeId('user', userId),
          decision_id: encodeId('decision', decisionId),
          score,
          signals: [...signals],
          response,
        },
      })
    }
  }

  written(): void {
    this.#alerts = []
    this.#heardAtMs = this.#options.clock.nowMs()
  }

  #tick(): TickFacts {
    const { channel, userZone, language, earlierSessions, clock } = this.#options
    const nowMs = clock.nowMs()
    const zones = this.#options.zonesAt(nowMs)
    const own = { startMs: this.#startedAtMs, endMs: nowMs }
    const dayStartMs = startOfDay(
      zones.find(({ name }) => name === userZone),
      nowMs,
    )
    const today = talkToday([...earlierSessions, own], { dayStartMs, nowMs })
    const spoken = language()
    return {
      nowMs,
      sessionMs: nowMs - this.#startedAtMs,
      channel,
      minutesToday: today.minutes,
      sessionsToday: today.sessions,
      zones,
      ...(userZone === undefined ? {} : { userZone }),
      ...(spoken === undefined ? {} : { language: spoken }),
      tiredTurns: this.#noticed.filter(({ isTired }) => isTired).length,
      repeatedTurns: this.#noticed.filter(({ isRepeat }) => isRepeat).length,
      replyCharacters: [...this.#replyCharacters],
      replyDelaysMs: [...this.#replyDelaysMs],
      silenceMs: nowMs - Math.max(this.#lastSaidMs, this.#heardAtMs ?? 0),
      doneResponses: Object.fromEntries(this.#doneResponses),
      remindedAtMs: Object.fromEntries(this.#remindedAtMs),
      windingDownSinceMs: Object.fromEntries(this.#windingDownSinceMs),
    }
  }
}

function startOfDay(zone: ZoneTransitions | undefined, nowMs: number): number {
  const minutes = zone === undefined ? Math.floor(nowMs / 60_000) % 1440 : localTimeAt(zone, nowMs).minuteOfDay
  return nowMs - (nowMs % 60_000) - minutes * 60_000
}

function keepLast<Item>(items: Item[], item: Item, most: number): void {
  items.push(item)
  if (items.length > most) items.shift()
}
