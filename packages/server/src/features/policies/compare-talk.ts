import type { policyReplaySchema } from '@hyponema/contract'
import type { CompiledPolicy } from '@hyponema/policy'
import type { z } from 'zod'
import { type Asked, replayDecision } from './replay-decision.ts'
import { ReplayedTopics } from './replay-topics.ts'

type Change = z.infer<typeof policyReplaySchema>['changes'][number]
type Shown = Change['decided'][number]

/** A turn of somebody, as it is judged again: what was said by whom, what was withheld, which tools were called. */
export type TalkTurn = {
  readonly id: string
  readonly userText: string | null
  readonly agentText: string | null
  readonly calls: readonly { readonly tool: string; readonly arguments: unknown }[]
  /** Decisions that were recorded with it. */
  readonly decided: readonly (Shown & { readonly asked: Asked | null; readonly blockedText: string | null })[]
}

/** The layer whose recorded decisions count, as `agent` or `workspace/help`; null: those of all. */
export type RecordedRules = { readonly recorded: string | null }

export type Talk = { readonly sessionId: string; readonly turns: readonly TalkTurn[] }

/**
 * The turns about which `next` decides otherwise than `before` does, by the same method: what was recorded may rest on
 * facts that nobody has kept, so the two are compared with each other. Where the policy of then is not at hand, `before` says
 * whose recorded decisions the ones of `next` are compared with, at the two stages whose texts are kept.
 */
export function compareTalk(
  talk: Talk,
  policies: { readonly before: CompiledPolicy | RecordedRules; readonly next: CompiledPolicy },
): Change[] {
  const said: string[] = []
  const topics = new ReplayedTopics(policies.next)
  const isSameAs = comparison(policies.before)
  return withOwnInput(talk.turns).flatMap((turn): readonly Change[] => {
    if (turn.userText !== null) said.push(turn.userText)
    const asked = eventsOf(turn, said)
    const next = shownBy(policies.next, { turn, asked, topics })
    if (isSameAs(next, { turn, asked })) return []
    const decided = turn.decided.map(shownOf)
    return [{ session_id: talk.sessionId, turn_id: turn.id, decided, would_decide: next }]
  })
}

type Judged = { readonly turn: TalkTurn; readonly asked: readonly Asked[] }

function comparison(before: CompiledPolicy | RecordedRules): (next: readonly Shown[], judged: Judged) => boolean {
  if ('recorded' in before) return (next, { turn }) => sameNames(namesOf(turn.decided, before), namesOf(next, before))
  const topics = new ReplayedTopics(before)
  return (next, judged) => JSON.stringify(shownBy(before, { ...judged, topics })) === JSON.stringify(next)
}

function shownOf({ stage, action, rule_ids: ruleIds }: Shown): Shown {
  return { stage, action, rule_ids: ruleIds }
}

/** What was decided about a message stands with the answer to it: here it goes with the message, whose words it is about. */
function withOwnInput(turns: readonly TalkTurn[]): readonly TalkTurn[] {
  const isInput = ({ stage }: Shown): boolean => stage === 'input'
  return turns.map((turn, index) => {
    const [before, after] = [turns[index - 1], turns[index + 1]]
    if (turn.userText !== null && after?.userText === null)
      return { ...turn, decided: [...turn.decided, ...after.decided.filter(isInput)] }
    const isMoved = turn.userText === null && before !== undefined && before.userText !== null
    return isMoved ? { ...turn, decided: turn.decided.filter((decision) => !isInput(decision)) } : turn
  })
}

/** What a rule did where, by the rule's own name: the layer that it stood in may have another one now. */
function namesOf(shown: readonly Shown[], { recorded }: RecordedRules): ReadonlySet<string> {
  return new Set(
    shown
      .filter(({ stage, action }) => (stage === 'input' || stage === 'output') && action !== 'allow')
      .flatMap(({ stage, action, rule_ids: ruleIds }) =>
        ruleIds
          .filter((ruleId) => recorded === null || ruleId.startsWith(`${recorded}/`))
          .map((ruleId) => `${stage} ${action} ${ruleId.slice(ruleId.lastIndexOf('/') + 1)}`),
      ),
  )
}

function sameNames(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((name) => right.has(name))
}

function eventsOf(turn: TalkTurn, said: readonly string[]): readonly Asked[] {
  const kept = turn.decided.flatMap(({ asked }) => (asked === null ? [] : [asked]))
  const keptFor = (stage: string): boolean => kept.some(({ event }) => event.stage === stage)
  const input: readonly Asked[] =
    turn.userText === null || keptFor('input') ? [] : [{ event: { stage: 'input', text: turn.userText }, facts: {} }]
  // What was withheld elsewhere, as in a document, was never to be said.
  const withheld = turn.decided.flatMap(({ stage, blockedText }) => (stage === 'output' ? [blockedText] : []))
  const texts = [turn.agentText, ...withheld]
  const output = texts.flatMap((text): readonly Asked[] =>
    text === null || text === '' ? [] : [{ event: { stage: 'output', text }, facts: {} }],
  )
  const segments = said.map((text) => ({ text, trust: 'user' as const }))
  const calls = { turn: 0, session: 0, day: 0 }
  const tool = { segments, hasEffects: false, enumFields: [], worked: [], calls, nowMs: 0 }
  const called = keptFor('tool_call')
    ? []
    : turn.calls.map(
        (call): Asked => ({
          event: { stage: 'tool_call', tool: call.tool, arguments: call.arguments },
          facts: { tool },
        }),
      )
  return [...input, ...kept.filter(({ event }) => event.stage !== 'output'), ...called, ...output]
}

function shownBy(
  policy: CompiledPolicy,
  { turn, asked, topics }: Judged & { readonly topics: ReplayedTopics },
): Shown[] {
  if (turn.userText !== null) topics.userSaid()
  for (const decision of turn.decided) topics.recorded(decision)
  const decisions = asked.flatMap(({ event, facts }) => {
    const taken = replayDecision(policy, { event, facts: { topics: topics.facts, ...facts } })
    for (const decision of taken) topics.decided(decision)
    return taken
  })
  return decisions
    .filter(({ action }) => action !== 'allow')
    .map(({ stage, action, matches }) => ({
      stage,
      action,
      rule_ids: [...new Set(matches.map(({ ruleId }) => ruleId))].toSorted(),
    }))
}
