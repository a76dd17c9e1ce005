/**
 * Threat: a person who needs somebody is counted by nobody, is called for twice, or the call is lost with the turn that asked.
 * Rule: what went wrong is counted from the user's turns and the session's own decisions; the row of a call is written in the
 * transaction of its turn; while one is open there is no second one, but for a crisis.
 * On failure: the turn is not committed, and the session fails as it does for any turn that cannot be written.
 */

import type { EscalationRule, Stage, Uuid } from '@hyponema/contract'
import {
  type CompiledRule,
  type DecideFacts,
  type EscalationFacts,
  hasNegativeWording,
  saysMisunderstood,
  type ZoneTransitions,
} from '@hyponema/policy'
import { recordEscalation, setDelivered } from '../../features/escalations/public.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { readZoneTransitions } from '../../platform/time/read-zone-transitions.ts'
import type { HandOver, KnownEscalation } from '../hand-over/hand-over.ts'
import type { RecordedDecision } from '../pipeline/recorded-decision.ts'
import { type CalledPerson, calledPerson, crisisReason } from './called-person.ts'
import type { SafetyWatch, UserSaid, WrittenTurn } from './safety-watch.ts'

/** Rules count over at most 100 turns. */
const maxTurnsBack = 100

type Options = {
  readonly agentId: Uuid
  readonly handOver: HandOver
  readonly rules: () => readonly CompiledRule<EscalationRule>[]
  readonly language: () => string | undefined
  readonly clock: Clock
  readonly newId: NewId
}

type Call = CalledPerson & { readonly id: Uuid; readonly decisionId: Uuid }

export class EscalationWatch implements SafetyWatch {
  readonly #options: Options
  readonly #startedMs: number
  #lastSaidMs: number
  #turn = 0
  #guardTurns: number[] = []
  #negativeTurns: number[] = []
  #misunderstandings = 0
  #failedConfirmations = 0
  #failedTools = 0
  #lastText = ''
  #tokens = 0
  #newTokens = 0
  readonly #fired = new Map<string, number>()
  #calls: readonly Call[] = []

  constructor(options: Options) {
    this.#options = options
    this.#startedMs = options.clock.nowMs()
    this.#lastSaidMs = this.#startedMs
  }

  userSaid({ text, atMs }: UserSaid): void {
    this.#turn += 1
    this.#lastSaidMs = atMs
    const same = text.trim().toLowerCase()
    const isAgain = same.length > 3 && same === this.#lastText
    this.#lastText = same
    this.#misunderstandings = isAgain || saysMisunderstood(text) ? this.#misunderstandings + 1 : 0
    if (hasNegativeWording(text)) this.#negativeTurns = [...this.#negativeTurns, this.#turn].slice(-maxTurnsBack)
  }

  toolCalled({ isOk }: { readonly isOk: boolean }): void {
    this.#failedTools = isOk ? 0 : this.#failedTools + 1
  }

  confirmationAnswered(isConfirmed: boolean): void {
    this.#failedConfirmations = isConfirmed ? 0 : this.#failedConfirmations + 1
  }

  decided({ id, decision }: RecordedDecision): void {
    const { stage, action } = decision
    if (stage === 'escalation') {
      if (action === 'escalate') this.#call(id, calledPerson(decision, this.#options.rules()))
      return
    }
    if (action === 'allow' || action === 'annotate' || stage === 'tick') return
    this.#guardTurns = [...this.#guardTurns, this.#turn].slice(-maxTurnsBack)
  }

  facts(stage: Stage): Partial<DecideFacts> {
    if (stage !== 'input' && stage !== 'escalation' && stage !== 'tick') return {}
    return { escalation: this.#facts() }
  }

  async write(tx: WorkspaceTx, { sessionId, userId, record, now }: WrittenTurn): Promise<void> {
    this.#newTokens = record.inputTokens + record.outputTokens
    if (record.operatorMessageId !== undefined)
      await setDelivered(tx, record.operatorMessageId, { turnId: record.id, at: now })
    // Who has taken over reads what was just said.
    if (this.#options.handOver.isClaimed) await tx.signal('escalation', sessionId)
    for (const { id, decisionId, waitMs, ...called } of this.#calls) {
      const dueAt = new Date(now.getTime() + waitMs)
      const { agentId } = this.#options
      await recordEscalation(tx, { ...called, id, decisionId, sessionId, userId, agentId, createdAt: now, dueAt })
    }
  }

  written(): void {
    this.#tokens += this.#newTokens
    this.#newTokens = 0
    for (const { id, ruleId, reason } of this.#calls) {
      const key = ruleId ?? ''
      this.#fired.set(key, (this.#fired.get(key) ?? 0) + 1)
      const nothing = { resolvedAt: null, outcome: null, fallback: null }
      this.#options.handOver.called({ id, ruleId, reason, state: 'open', ...nothing })
    }
    this.#calls = []
  }

  #call(decisionId: Uuid, called: CalledPerson): void {
    const open = [...this.#open(), ...this.#calls]
    // By its reason: a rule of the policy that hears crises calls in place of the built-in one.
    const isHeld = called.reason === crisisReason ? open.some(({ reason }) => reason === crisisReason) : open.length > 0
    if (!isHeld) this.#calls = [...this.#calls, { ...called, decisionId, id: this.#options.newId() }]
  }

  #open(): readonly KnownEscalation[] {
    return this.#options.handOver.known.filter(({ state }) => state !== 'resolved')
  }

  #facts(): EscalationFacts {
    const { clock, handOver, language } = this.#options
    const nowMs = clock.nowMs()
    const ago = (turns: readonly number[]): readonly number[] => turns.map((turn) => this.#turn - turn)
    const spoken = language()
    return {
      nowMs,
      zones: this.#zones(nowMs),
      ...(spoken === undefined ? {} : { language: spoken }),
      guardHitsTurnsAgo: ago(this.#guardTurns),
      negativeTurnsAgo: ago(this.#negativeTurns),
      failedConfirmations: this.#failedConfirmations,
      failedTools: this.#failedTools,
      misunderstandings: this.#misunderstandings,
      silenceMs: Math.max(0, nowMs - this.#lastSaidMs),
      durationMs: Math.max(0, nowMs - this.#startedMs),
      tokens: this.#tokens,
      open: this.#open().map(({ ruleId }) => ruleId ?? ''),
      fired: Object.fromEntries(this.#fired),
      closedAgoMs: closedAgo(handOver.known, nowMs),
    }
  }

  #zones(nowMs: number): readonly ZoneTransitions[] {
    const names = new Set(this.#options.rules().flatMap(({ rule }) => rule.hours?.time_zone ?? []))
    return [...names].flatMap((name) => readZoneTransitions(name, nowMs) ?? [])
  }
}

/** How long ago the last one of each rule was closed. */
function closedAgo(known: readonly KnownEscalation[], nowMs: number): Readonly<Record<string, number>> {
  const closed = known.flatMap(({ ruleId, resolvedAt }): readonly (readonly [string, number])[] =>
    resolvedAt === null ? [] : [[ruleId ?? '', Math.max(0, nowMs - resolvedAt.getTime())]],
  )
  return Object.fromEntries(closed.toSorted(([, left], [, right]) => right - left))
}
