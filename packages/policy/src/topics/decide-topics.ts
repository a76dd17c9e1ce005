/**
 * Threat: the agent comes back to what a person does not want to hear of, or what has upset it.
 * Rule: a topic begins to rest when the user asks for it, or speaks of it in negative words where the rule says so; while it
 * rests, pieces of documents about it are dropped. When the user raises it itself, the agent may follow for a few turns.
 * On failure: the stage's safe default: `annotate` with the strictest output at input, `deny` at retrieval.
 */
import type { Decision, Obligation, TopicCooldown } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import { joinAllDecisions } from '../decide/join-decisions.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { foldForRecord } from '../fold/fold-for-record.ts'
import { longestMatches, matchText, type TextMatch } from '../match/match-text.ts'
import { isCooling, isTopicResting } from './is-topic-resting.ts'
import { readTopicTalk } from './read-topic-talk.ts'
import type { TopicFacts } from './topic-facts.ts'

type TopicEvent = { readonly stage: 'input' | 'retrieval'; readonly text: string }
type TopicRule = CompiledRule<TopicCooldown>

/** Topics in what the user says, and in a piece of a document while the topic rests. */
export function decideTopics(
  policy: CompiledPolicy,
  event: TopicEvent,
  facts: TopicFacts | undefined,
  mode: Decision['mode'],
): Decision {
  const allowed = allowDecision(policy, event.stage, mode)
  const { topics } = policy.sections
  const asked = event.stage === 'input' ? topics : topics.filter(({ ruleId }) => isTopicResting(policy, facts, ruleId))
  if (asked.length === 0) return allowed
  const found = matchText(policy, event.text)
  return joinAllDecisions(
    allowed,
    asked.flatMap((topic) => {
      const places = longestMatches(found.filter(({ owner }) => policy.zones[owner]?.ruleId === topic.ruleId))
      if (places.length === 0) return []
      return event.stage === 'input'
        ? inputDecision(policy, topic, { text: event.text, places, facts, mode })
        : [decisionAbout(policy, topic, { ...event, places, mode }, 'deny', [])]
    }),
  )
}

interface Said {
  readonly text: string
  readonly places: readonly TextMatch[]
  readonly facts: TopicFacts | undefined
  readonly mode: Decision['mode']
}

function inputDecision(policy: CompiledPolicy, topic: TopicRule, said: Said): readonly Decision[] {
  const { ruleId, rule } = topic
  const talks = said.places.map(({ start, end, view }) =>
    readTopicTalk(said.text, { start, end, isSentence: view === 'example' }),
  )
  const asks = rule.starts.user_asks && talks.some(({ asksToAvoid }) => asksToAvoid)
  const upsets = rule.starts.negative_wording && talks.some(({ isNegative }) => isNegative)
  const begun: readonly Obligation[] = [
    ...(asks ? [{ kind: 'cooldown', ruleId, topic: rule.name, reason: 'user_asked' } as const] : []),
    ...(upsets ? [{ kind: 'cooldown', ruleId, topic: rule.name, reason: 'negative_wording' } as const] : []),
  ]
  // Who asks to leave it alone has named it, and has not raised it.
  const raises = !asks && (upsets || isCooling(topic, said.facts))
  const raised: readonly Obligation[] = raises ? [{ kind: 'topic_raised', ruleId, topic: rule.name }] : []
  const obligations = [...begun, ...raised]
  if (obligations.length === 0) return []
  return [decisionAbout(policy, topic, { stage: 'input', ...said }, 'annotate', obligations)]
}

function decisionAbout(
  policy: CompiledPolicy,
  topic: TopicRule,
  said: TopicEvent & Pick<Said, 'places' | 'mode'>,
  action: 'annotate' | 'deny',
  obligations: readonly Obligation[],
): Decision {
  const { stage, mode, text, places } = said
  const matches = places.map(({ start, end, view }) => ({
    view,
    span: { start, end },
    folded: foldForRecord(text.slice(start, end)),
  }))
  return sectionDecision(policy, { stage, mode }, topic, {
    action,
    obligations,
    matches,
    facts: { [`rests:${topic.ruleId}`]: true },
  })
}
