/**
 * Threat: a person is asked to agree to a call that cannot be made, and learns to say yes without listening.
 * Rule: each wish passes the tool_call stage with what the session knows of it, and what the day has counted in all sessions. A
 * call that waits for the person's word has arguments that its tool takes.
 * On failure: the stage's safe default, which is a refusal; a day that cannot be counted fails the turn.
 */
import type { ConfirmationClass } from '@hyponema/contract'
import type { OriginSegment, ToolFacts } from '@hyponema/policy'
import { digestCall } from '../tools/confirmation/digest-call.ts'
import { readArguments } from '../tools/read-arguments.ts'
import type { Hindrance, Wish } from './call-tool.ts'
import type { Turn } from './turn.ts'
import type { RecordedDecision } from './turn-record.ts'

/** What the calls were wished in, and what the person has confirmed of them: then they have been counted before. */
export type Wished = {
  readonly segments: readonly OriginSegment[]
  readonly confirmed?: { readonly digest: string; readonly by: Exclude<ConfirmationClass, 'none'> }
}

/** A wish and what the tool_call stage decided of it by these facts, or why that was not asked. */
export type Judged = Wish &
  (
    | { readonly kind: 'allowed' | 'denied' | 'asks'; readonly decision: RecordedDecision; readonly facts: ToolFacts }
    | { readonly kind: 'hindered'; readonly hindrance: Hindrance }
  )

/** Every wish up to the one whose rule ends the turn. A call that is over the limit is not made, so nothing is decided about it. */
export async function judgeCalls(
  turn: Turn,
  wishes: readonly Wish[],
  { overLimit, asked }: { readonly overLimit: string | undefined; readonly asked: Wished },
): Promise<readonly Judged[]> {
  const { context, record } = turn
  const today = await countToday(turn, wishes)
  const judged: Judged[] = []
  /** Each confirmation is for one call. */
  let unused = asked.confirmed
  for (const wish of wishes) {
    const { call, tool } = wish
    if (overLimit !== undefined && tool?.kind !== 'system') {
      judged.push({ ...wish, kind: 'hindered', hindrance: { why: 'limit', words: overLimit } })
      continue
    }
    const by = unused !== undefined && unused.digest === digestCall(call) ? unused.by : undefined
    if (by !== undefined) unused = undefined
    const facts = context.calls.factsOf({
      name: call.name,
      tool,
      turnId: record.id,
      nowMs: context.clock.nowMs(),
      segments: asked.segments,
      ahead: judged.filter((one) => one.kind === 'allowed' && one.call.name === call.name).length,
      today: today.get(call.name) ?? 0,
      confirmedBy: by,
    })
    const one = judgeCall(turn, wish, facts)
    judged.push(one)
    if (one.kind === 'denied' && stopsTurn(one.decision)) break
  }
  return judged
}

export function stopsTurn({ decision }: RecordedDecision): boolean {
  return decision.action === 'escalate' || decision.action === 'end'
}

function judgeCall({ context }: Turn, wish: Wish, facts: ToolFacts): Judged {
  const { call, tool } = wish
  const timed = context.gate.decideToolCall(call.name, call.argumentsJson, facts)
  const { action } = timed.decision
  if (action === 'confirm') {
    const problem = whyImpossible(wish)
    if (problem !== undefined) return { call, tool, kind: 'hindered', hindrance: { why: 'arguments', words: problem } }
  }
  const blockedText = action === 'allow' ? null : call.argumentsJson
  const decision = { id: context.newId(), ...timed, blockedText, charactersHeard: 0 }
  const kind = action === 'allow' ? 'allowed' : action === 'confirm' ? 'asks' : 'denied'
  return { call, tool, kind, decision, facts }
}

/** For the model, so that it can correct itself; undefined for a call that can be made. */
function whyImpossible({ call, tool }: Wish): string | undefined {
  if (tool === undefined) return 'There is no such tool.'
  const args = readArguments(call.argumentsJson)
  if (!args.ok) return args.error
  const problems = tool.refuseArguments(args.value)
  return problems === undefined ? undefined : `The arguments do not fit: ${problems}`
}

/** Of tools that a rule bounds by the day. For all others nobody counts. */
async function countToday({ context }: Turn, wishes: readonly Wish[]): Promise<ReadonlyMap<string, number>> {
  const names = new Set(wishes.flatMap(({ tool }) => tool?.name ?? []))
  const today = new Map<string, number>()
  for (const name of names)
    if (context.gate.callsPerDay(name) !== undefined) today.set(name, await context.toolDays.count(name))
  return today
}
