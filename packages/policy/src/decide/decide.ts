/**
 * Threat: what is wrong is said, done, or kept because a check failed to run.
 * Rule: one pure function decides all eight stages; several rules join to the strongest.
 * On failure: the stage's safe default, which is never `allow`.
 */
import { type Decision, type DecisionMatch, type ZoneStage } from '@hyponema/contract'
import type { CompiledPolicy, CompiledZone } from '../compile/compiled-policy.ts'
import { decideContact } from '../contact/decide-contact.ts'
import { decideRefusals } from '../contact/decide-refusals.ts'
import { decideDisclosure } from '../disclosure/decide-disclosure.ts'
import { decideCounts, decideEscalation } from '../escalation/decide-escalation.ts'
import { decideWishes } from '../escalation/decide-wishes.ts'
import { decideTick } from '../fatigue/decide-tick.ts'
import { foldForRecord } from '../fold/fold-for-record.ts'
import { leakDecision } from '../gate/leak-decision.ts'
import { matchText, type TextMatch } from '../match/match-text.ts'
import type { PiiMark } from '../match/sentence-finder.ts'
import { decidePii } from '../pii/decide-pii.ts'
import { piiMarker } from '../pii/pii-words.ts'
import { quarantine } from '../quarantine/quarantine.ts'
import { decideToolRules } from '../tools/decide-tool-rules.ts'
import { decideTopics } from '../topics/decide-topics.ts'
import { isTopicResting } from '../topics/is-topic-resting.ts'
import type { DecideFacts } from './decide-facts.ts'
import { joinAllDecisions, joinDecisions } from './join-decisions.ts'
import { actionAfterStrikes, allowDecision, failedDecision, ruleDecision } from './rule-decision.ts'

/** What is to be judged. Texts are as they came; folding is the engine's work. */
export type PolicyEvent =
  | { readonly stage: 'input'; readonly text: string }
  | { readonly stage: 'output'; readonly text: string }
  | { readonly stage: 'retrieval'; readonly text: string }
  | { readonly stage: 'tool_call'; readonly tool: string; readonly arguments: unknown }
  | { readonly stage: 'tool_result'; readonly tool: string; readonly text: string }
  | {
      readonly stage: 'escalation'
      /** The decision of another stage that asks for a person; `agent`: the model asks by its tool. Absent: only counts are looked at. */
      readonly asked?: Decision | 'agent'
    }
  | { readonly stage: 'contact' | 'tick' }

/** What an argument may be nested; deeper is refused, because a tool that needs it could not be reviewed either. */
const maxArgumentDepth = 32

/** The decision about one event. Never throws. For streamed output use `createOutputGate`. */
export function decide(policy: CompiledPolicy, event: PolicyEvent, facts: DecideFacts = {}): Decision {
  const mode = facts.mode ?? 'enforce'
  try {
    const decided = decideStage(policy, event, facts, mode)
    return facts.leaksPrompt === true ? joinDecisions(decided, leakDecision(policy, event.stage, mode)) : decided
  } catch (error) {
    return failedDecision(policy, event.stage, mode, error instanceof Error ? error.name : 'error')
  }
}

function decideStage(policy: CompiledPolicy, event: PolicyEvent, facts: DecideFacts, mode: Decision['mode']): Decision {
  switch (event.stage) {
    case 'input':
      return decideInput(policy, event, facts, mode)
    case 'output':
      return decideZones(policy, event, facts, mode)
    case 'tool_call': {
      const found = textsOf(event.arguments, '', 0).flatMap(({ text, field }) =>
        matchesIn(policy, 'tool_call', text, field),
      )
      return joinDecisions(
        join(policy, 'tool_call', mode, found, facts),
        decideToolRules(policy, event, facts.tool, mode),
      )
    }
    case 'retrieval':
      return joinAllDecisions(quarantine(policy, { stage: event.stage, text: event.text }, mode), [
        decideTopics(policy, { stage: event.stage, text: event.text }, facts.topics, mode),
        decidePii(policy, { stage: event.stage, text: event.text }, mode),
      ])
    case 'tool_result':
      return joinDecisions(
        quarantine(policy, { stage: event.stage, text: event.text }, mode),
        decidePii(policy, { stage: event.stage, text: event.text }, mode),
      )
    case 'escalation':
      return decideEscalation(policy, facts.escalation, { mode, asked: event.asked })
    case 'contact':
      return decideContact(policy, facts.contact, mode)
    case 'tick':
      return joinDecisions(
        decideTick(policy, facts.tick, mode),
        decideCounts(policy, facts.escalation, { stage: 'tick', mode }),
      )
    default:
      throw new TypeError(`expected one of the stages, found ${JSON.stringify(event satisfies never)}`)
  }
}

function decideZones(
  policy: CompiledPolicy,
  { stage, text }: { readonly stage: 'input' | 'output'; readonly text: string },
  facts: DecideFacts,
  mode: Decision['mode'],
): Decision {
  const found = matchesIn(policy, stage, text)
  const counting = found.filter(({ zone }) => !zone.isTopic || isTopicResting(policy, facts.topics, zone.ruleId))
  return join(policy, stage, mode, counting, facts)
}

/** Zones and sections each by themselves: where one fails, a crisis that another one finds still calls a person. */
function decideInput(
  policy: CompiledPolicy,
  event: { readonly stage: 'input'; readonly text: string },
  facts: DecideFacts,
  mode: Decision['mode'],
): Decision {
  const { stage, text } = event
  const parts: readonly (() => Decision)[] = [
    () => decideZones(policy, event, facts, mode),
    () => decideWishes(policy, text, facts.escalation, mode),
    () => decideRefusals(policy, text, mode),
    () => decideTopics(policy, { stage, text }, facts.topics, mode),
    () => decidePii(policy, { stage, text }, mode),
    () => decideDisclosure(policy, text, mode),
  ]
  const decided = parts.map((part) => {
    try {
      return part()
    } catch (error) {
      return failedDecision(policy, stage, mode, error instanceof Error ? error.name : 'error')
    }
  })
  return joinAllDecisions(allowDecision(policy, stage, mode), decided)
}

interface ZoneMatch {
  readonly zone: CompiledZone
  readonly match: DecisionMatch
  readonly pii: PiiMark | undefined
}

function matchesIn(policy: CompiledPolicy, stage: ZoneStage, text: string, field?: string): readonly ZoneMatch[] {
  return matchText(policy, text).flatMap((found) => {
    const zone = policy.zones[found.owner]
    if (zone === undefined) throw new RangeError('a match names a zone that does not exist')
    return zone.stages.includes(stage)
      ? [{ zone, match: toDecisionMatch(zone, found, text, field), pii: found.pii }]
      : []
  })
}

function toDecisionMatch(zone: CompiledZone, found: TextMatch, text: string, field: string | undefined): DecisionMatch {
  const { start, end, view, pii } = found
  const folded = pii === undefined ? foldForRecord(text.slice(start, end)) : piiMarker(pii)
  return { ruleId: zone.ruleId, view, span: { start, end }, folded, ...(field === undefined ? {} : { field }) }
}

function join(
  policy: CompiledPolicy,
  stage: ZoneStage,
  mode: Decision['mode'],
  found: readonly ZoneMatch[],
  facts: DecideFacts,
): Decision {
  const decided = found.map(({ zone, match, pii }) => {
    const earlier = facts.earlierHits?.[zone.ruleId] ?? 0
    const used = zone.strikes === null ? {} : { [`hits:${zone.ruleId}`]: earlier + 1 }
    return ruleDecision(policy, stage, mode, {
      zone,
      match,
      pii,
      action: actionAfterStrikes(zone, earlier + 1),
      facts: used,
    })
  })
  return joinAllDecisions(allowDecision(policy, stage, mode), decided)
}

/** Every string in the arguments of a tool, the names of members too, with its JSON pointer. */
function textsOf(
  value: unknown,
  field: string,
  depth: number,
): readonly { readonly text: string; readonly field: string }[] {
  if (depth > maxArgumentDepth) throw new RangeError('expected arguments nested less deeply')
  if (typeof value === 'string') return [{ text: value, field }]
  if (typeof value === 'number' || typeof value === 'bigint') return [{ text: String(value), field }]
  if (Array.isArray(value)) return value.flatMap((item, index) => textsOf(item, `${field}/${index}`, depth + 1))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const pointer = `${field}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    return [{ text: name, field: pointer }, ...textsOf(member, pointer, depth + 1)]
  })
}
