/**
 * Everything that one answer of the model wished.
 *
 * judged (the tool_call stage of every wish, in order) --a rule escalates or ends--> over, and none of them is made
 *   --one has to be confirmed--> those before it are made, the person is asked, and it waits with those behind it; the turn is over
 *   -> made, in order: what changes nothing runs beside its neighbours, what changes something waits for all before it
 *   -> an end of the call or a skipped turn last, and only if everything else worked: who hears nothing of a failure believes
 *      that there was none
 * A wish for a person stops what stands behind it: from there on the person decides.
 */
import type { OriginSegment } from '@hyponema/policy'
import { canonicalJson } from '../../platform/crypto/canonical-json.ts'
import type { ToolCall } from '../prompt-segment.ts'
import { askToConfirm } from './ask-to-confirm.ts'
import { denyCall, type Hindrance, hinderCall, makeCall, type ToolAnswer, type Wish } from './call-tool.ts'
import { type Judged, judgeCalls, stopsTurn, type Wished } from './judge-calls.ts'
import { takeDay } from './take-day.ts'
import type { Turn } from './turn.ts'

export type ToolsOutcome =
  /** The model reads the answers, which stand in the order of its wishes. `isFree`: none of them counted as a call. */
  | { readonly kind: 'answered'; readonly answers: readonly ToolAnswer[]; readonly isFree: boolean }
  /** The turn is over: a rule ended it, or what the model wished does. */
  | { readonly kind: 'stopped' | 'asked' | 'handed_over' | 'ended' | 'skipped' }

/** How many calls run beside each other: a model that wishes more at once waits for these first. */
const maxBeside = 8

type Made = { readonly answers: Map<Judged, ToolAnswer>; readonly isHandedOver: boolean }

/** Carries out what the model wished. Throws when the turn is cut meanwhile. */
export async function callTools(turn: Turn, calls: readonly ToolCall[], asked: Wished): Promise<ToolsOutcome> {
  const { context, record, signal } = turn
  const wished = calls.map((call): Wish => ({ call, tool: context.tools.find(call.name) }))
  const counted = asked.confirmed === undefined ? wished.filter(({ tool }) => tool?.kind !== 'system').length : 0
  const overLimit = context.toolBudget.take(counted) ? undefined : limitWords(context.toolBudget.left)
  const judgeable = overLimit === undefined ? withoutRepeats(turn, wished) : wished
  const judged = await judgeCalls(turn, judgeable, { overLimit, asked })
  signal.throwIfAborted()
  // Tools take their time, and the model after them.
  turn.pause?.()
  const last = judged.at(-1)
  if (last?.kind === 'denied' && stopsTurn(last.decision)) {
    for (const one of judged) if (one.kind === 'denied') await denyCall(turn, one, one.decision)
    record.escalates = last.decision.decision.action === 'escalate'
    record.endsSession = last.decision.decision.action === 'end'
    record.status = 'blocked'
    return { kind: 'stopped' }
  }
  const inTurn = judged.filter((one) => !comesLast(one))
  const first = inTurn.findIndex(({ kind }) => kind === 'asks')
  const { answers, isHandedOver } = await makeInOrder(turn, first === -1 ? inTurn : inTurn.slice(0, first))
  signal.throwIfAborted()
  if (isHandedOver) return { kind: 'handed_over' }
  if (first !== -1) {
    const behind = [...inTurn.slice(first), ...judged.filter(comesLast)]
    return await askAbout(turn, behind, { judged, answers, segments: asked.segments })
  }
  const over = await carryOutLast(turn, judged.filter(comesLast), answers)
  if (over !== undefined) return over
  const inOrder = judged.flatMap((one) => answers.get(one) ?? [])
  return { kind: 'answered', answers: inOrder, isFree: counted === 0 || overLimit !== undefined }
}

/**
 * A model that stutters writes one wish twice. What changes something is done once for it, and the model is told of one call: who
 * means two has the chance to ask again when it reads the answer.
 */
function withoutRepeats(turn: Turn, wishes: readonly Wish[]): readonly Wish[] {
  const seen = new Set<string>()
  return wishes.filter((wish) => {
    if (wish.tool === undefined || wish.tool.isIdempotent) return true
    const name = `${wish.call.name} ${sameArguments(wish.call.argumentsJson)}`
    const isRepeat = seen.has(name)
    if (isRepeat) hinderCall(turn, wish, { why: 'repeated', words: '' })
    seen.add(name)
    return !isRepeat
  })
}

/** The same text for the same arguments, in whatever order they stand. */
function sameArguments(json: string): string {
  try {
    return canonicalJson(JSON.parse(json === '' ? '{}' : json))
  } catch {
    return json
  }
}

/** The first of them needs the person's word; the others wait with it. Where it cannot be asked, none of them is made. */
async function askAbout(
  turn: Turn,
  [first, ...behind]: readonly Judged[],
  {
    judged,
    answers,
    segments,
  }: {
    readonly judged: readonly Judged[]
    readonly answers: Map<Judged, ToolAnswer>
    readonly segments: readonly OriginSegment[]
  },
): Promise<ToolsOutcome> {
  if (first?.kind !== 'asks') throw new TypeError('expected a call that asks')
  const rest = behind.map(({ call }) => call)
  if (await askToConfirm(turn, first, { rest, segments })) return { kind: 'asked' }
  for (const one of [first, ...behind]) answers.set(one, hinderCall(turn, one, notAsked))
  return { kind: 'answered', answers: judged.flatMap((one) => answers.get(one) ?? []), isFree: false }
}

/** What a turn ends with comes after everything else of the answer. */
function comesLast({ tool, kind }: Judged): boolean {
  return kind !== 'denied' && tool?.kind === 'system' && (tool.name === 'end_call' || tool.name === 'skip_turn')
}

async function makeInOrder(turn: Turn, judged: readonly Judged[]): Promise<Made> {
  const answers = new Map<Judged, ToolAnswer>()
  const beside: Promise<void>[] = []
  const settle = async (): Promise<void> => {
    await Promise.all(beside.splice(0))
  }
  const make = async (one: Judged): Promise<ToolAnswer> => {
    const answer = await carryOut(turn, one)
    answers.set(one, answer)
    turn.context.safety.toolCalled({ name: one.call.name, isOk: answer.isOk })
    if (answer.isOk) turn.context.calls.worked(one.call.name)
    if (answer.effect?.kind === 'language') turn.context.changeLanguage(answer.effect.language)
    return answer
  }
  for (const one of judged) {
    if (runsBeside(one)) {
      if (beside.length >= maxBeside) await settle()
      if (turn.signal.aborted) break
      beside.push(make(one).then(() => undefined))
      continue
    }
    await settle()
    if (turn.signal.aborted) break
    const { effect } = await make(one)
    if (effect?.kind !== 'escalate') continue
    turn.record.asksForPerson = true
    return { answers, isHandedOver: true }
  }
  await settle()
  return { answers, isHandedOver: false }
}

function runsBeside({ tool, kind }: Judged): boolean {
  return kind === 'allowed' && tool !== undefined && tool.isIdempotent && tool.kind !== 'system'
}

async function carryOut(turn: Turn, one: Judged): Promise<ToolAnswer> {
  switch (one.kind) {
    case 'hindered':
      return hinderCall(turn, one, one.hindrance)
    case 'denied':
      return denyCall(turn, one, one.decision)
    case 'asks':
      return hinderCall(turn, one, notAsked)
    case 'allowed': {
      const refusal = await takeDay(turn, one)
      if (refusal !== undefined) return denyCall(turn, one, refusal)
      turn.context.calls.made({ name: one.call.name, turnId: turn.record.id, atMs: turn.context.clock.nowMs() })
      return makeCall(turn, one, one.decision)
    }
  }
}

/** Undefined: the turn goes on. */
async function carryOutLast(
  turn: Turn,
  last: readonly Judged[],
  answers: Map<Judged, ToolAnswer>,
): Promise<ToolsOutcome | undefined> {
  const hasFailed = [...answers.values()].some(({ isOk }) => !isOk)
  let over: ToolsOutcome | undefined
  for (const one of last) {
    const answer = hasFailed ? hinderCall(turn, one, afterFailure) : await carryOut(turn, one)
    answers.set(one, answer)
    const { effect } = answer
    if (effect?.kind === 'end_call') over = { kind: 'ended' }
    if (effect?.kind === 'skip_turn') over ??= { kind: 'skipped' }
  }
  if (over?.kind === 'ended') turn.record.endReason = 'ended_by_agent'
  return over
}

const afterFailure: Hindrance = {
  why: 'order',
  words: 'This was not done, because another tool of the same answer failed. Tell the user about that first.',
}

const notAsked: Hindrance = {
  why: 'confirm',
  words: 'This was not done: the user has to agree first, and could not be asked about it.',
}

function limitWords(left: number): string {
  return left === 0
    ? 'No more tools can be used in this conversation. Answer with what you have.'
    : `Only ${left} more tool calls can be made in this conversation, so none of these was made. Ask for fewer, or answer with what you have.`
}
