/**
 * Threat: the agent comes back to what the person has asked it to leave alone, in this session or in a later one.
 * Rule: a topic rests from the decision on that begins it, and is written with the turn; every turn reads again what rests when
 * it is written, so that what an operator does counts in the turn behind it.
 * On failure: a turn that cannot be written ends the session; the topic rests until then.
 */
import type { Uuid } from '@hyponema/contract'
import {
  type CompiledPolicy,
  type CooldownReason,
  type DecideFacts,
  isTopicResting,
  type TopicFacts,
} from '@hyponema/policy'
import { findRestingTopics, startTopicCooldown } from '../../features/topic-cooldowns/public.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { RecordedDecision } from '../pipeline/recorded-decision.ts'
import type { PersonFacts } from './load-person-facts.ts'
import type { SafetyWatch, WrittenTurn } from './safety-watch.ts'

type Options = {
  /** Of now: a floor may bring a topic, or take one away. */
  readonly policy: () => CompiledPolicy
  /** Is told the same of its own topics, but begins and ends none. */
  readonly shadow: CompiledPolicy | undefined
  readonly userId: Uuid
  readonly resting: PersonFacts['restingTopics']
  readonly clock: Clock
  readonly newId: NewId
}

export class TopicWatch implements SafetyWatch {
  readonly #options: Options
  /** By rule id, until when it rests. */
  #endsAtMs: ReadonlyMap<string, number>
  /** By rule id, in which turn of the user it was raised last. */
  readonly #raisedIn = new Map<string, number>()
  #turn = 0
  /** Begun in this turn, not written yet. */
  #begun: { readonly ruleId: string; readonly reason: CooldownReason }[] = []
  #read: ReadonlyMap<string, number> | undefined

  constructor(options: Options) {
    this.#options = options
    this.#endsAtMs = asMap(options.resting)
  }

  userSaid(): void {
    this.#turn += 1
  }

  facts(): Partial<DecideFacts> {
    return this.#hasTopics ? { topics: this.#topics } : {}
  }

  /** What the model is told, so that it seldom says what would be replaced. Names of rules only. */
  instructions(): readonly string[] {
    const policy = this.#options.policy()
    const labels = policy.sections.topics
      .filter(({ ruleId }) => isTopicResting(policy, this.#topics, ruleId))
      .map(({ rule }) => rule.label ?? rule.name.replaceAll(/[_-]/g, ' '))
    if (labels.length === 0) return []
    return [
      `Do not bring up these topics and do not ask about them: ${[...new Set(labels)].join('; ')}. If the person brings one up, keep your answer short and do not return to it later.`,
    ]
  }

  decided({ decision }: RecordedDecision): void {
    if (decision.stage !== 'input' || decision.mode === 'shadow') return
    for (const obligation of decision.obligations) {
      if (obligation.kind === 'topic_raised') this.#raisedIn.set(obligation.ruleId, this.#turn)
      if (obligation.kind === 'cooldown') this.#begin(obligation)
    }
  }

  async write(tx: WorkspaceTx, { userId, now }: WrittenTurn): Promise<void> {
    if (!this.#hasTopics) return
    for (const { ruleId, reason } of this.#begun) {
      const length = this.#lengthOf(ruleId)
      if (length === undefined) continue
      const { newId } = this.#options
      await startTopicCooldown(tx, { userId, topic: ruleId, reason, length, now, createdBy: null, newId })
    }
    this.#read = asMap(await findRestingTopics(tx, { userId, now }))
  }

  written(): void {
    this.#begun = []
    this.#endsAtMs = this.#read ?? this.#endsAtMs
  }

  get #hasTopics(): boolean {
    const { policy, shadow } = this.#options
    return [policy(), shadow].some((one) => one !== undefined && one.sections.topics.length > 0)
  }

  get #topics(): TopicFacts {
    const nowMs = this.#options.clock.nowMs()
    return {
      cooling: [...this.#endsAtMs].filter(([, endsAtMs]) => endsAtMs > nowMs).map(([ruleId]) => ruleId),
      raisedTurnsAgo: Object.fromEntries([...this.#raisedIn].map(([ruleId, turn]) => [ruleId, this.#turn - turn])),
    }
  }

  #begin({ ruleId, reason }: { readonly ruleId: string; readonly reason: CooldownReason }): void {
    const length = this.#lengthOf(ruleId)
    if (length === undefined) return
    this.#begun.push({ ruleId, reason })
    // At once: the answer to this very message must leave it alone.
    const endsAtMs = this.#options.clock.nowMs() + length.hours * 3_600_000
    this.#endsAtMs = new Map([...this.#endsAtMs, [ruleId, Math.max(endsAtMs, this.#endsAtMs.get(ruleId) ?? 0)]])
    if (reason === 'user_asked') this.#raisedIn.delete(ruleId)
  }

  #lengthOf(topic: string) {
    return this.#options.policy().sections.topics.find(({ ruleId }) => ruleId === topic)?.rule
  }
}

function asMap(resting: PersonFacts['restingTopics']): ReadonlyMap<string, number> {
  return new Map(resting.map(({ topic, endsAt }) => [topic, endsAt.getTime()]))
}
