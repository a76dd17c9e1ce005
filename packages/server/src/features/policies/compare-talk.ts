import type { policyReplaySchema } from '@hyponema/contract'
import type { CompiledPolicy } from '@hyponema/policy'
import type { z } from 'zod'
import { type Asked, takeAgain } from './take-again.ts'

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

export type Talk = { readonly sessionId: string; readonly turns: readonly TalkTurn[] }

/**
 * The turns about which `next` decides otherwise than `before` does, by the same method: what was recorded may rest on
 * facts that nobody has kept, so the two are compared with each other.
 */
export function compareTalk(
  talk: Talk,
  policies: { readonly before: CompiledPolicy; readonly next: CompiledPolicy },
): Change[] {
  const said: string[] = []
  return talk.turns.flatMap((turn): readonly Change[] => {
    if (turn.userText !== null) said.push(turn.userText)
    const asked = eventsOf(turn, said)
    const [before, next] = [shownBy(policies.before, asked), shownBy(policies.next, asked)]
    if (JSON.stringify(before) === JSON.stringify(next)) return []
    const decided = turn.decided.map(({ stage, action, rule_ids: ruleIds }) => ({ stage, action, rule_ids: ruleIds }))
    return [{ session_id: talk.sessionId, turn_id: turn.id, decided, would_decide: next }]
  })
}

function eventsOf(turn: TalkTurn, said: readonly string[]): readonly Asked[] {
  const kept = turn.decided.flatMap(({ asked }) => (asked === null ? [] : [asked]))
  const keptFor = (stage: string): boolean => kept.some(({ event }) => event.stage === stage)
  const input: readonly Asked[] =
    turn.userText === null || keptFor('input') ? [] : [{ event: { stage: 'input', text: turn.userText }, facts: {} }]
  const texts = [turn.agentText, ...turn.decided.map(({ blockedText }) => blockedText)]
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

function shownBy(policy: CompiledPolicy, asked: readonly Asked[]): Shown[] {
  return asked
    .flatMap((one) => takeAgain(policy, one))
    .filter(({ action }) => action !== 'allow')
    .map(({ stage, action, matches }) => ({
      stage,
      action,
      rule_ids: [...new Set(matches.map(({ ruleId }) => ruleId))].toSorted(),
    }))
}
