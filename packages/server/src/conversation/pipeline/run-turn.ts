/**
 * One turn of the agent.
 *
 * a line of its own -> output stage, or an answer to a message (answer-message.ts)
 *
 * Ends as `complete` (all was said and heard), `blocked` (a rule stopped it) or `cut` (the client left, the session ended, the
 * answer reached a limit of length, the model or a deadline failed), and only when what was said has been heard, or never will be. Committing is the caller's.
 */
import { encodeId } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { deadline } from '../../kernel/deadline.ts'
import { makePromptSegment } from '../prompt-segment.ts'
import { answerMessage } from './answer-message.ts'
import { awaitVariables } from './await-variables.ts'
import { callByCounts } from './call-by-counts.ts'
import { firstMessage } from './first-message.ts'
import { runTick } from './run-tick.ts'
import { sayAsOperator } from './say-as-operator.ts'
import { sayOpening } from './say-opening.ts'
import type { SessionContext } from './session-context.ts'
import { sendSteps } from './speak.ts'
import { traceGate } from './trace-gate.ts'
import type { Turn } from './turn.ts'
import type { AgentLine, TurnRecord } from './turn-record.ts'
import { unfinishedCalls } from './unfinished-calls.ts'

/** A turn that takes longer to be made and delivered has been given up by everybody who waits for it. */
const maxTurnMs = 120_000
/** What later turns of the model read in place of a message that an input rule stopped. */
const withheldMessage = '[This message was withheld.]'

/** Runs the turn. Returns the failure that cut it, or undefined. Never throws for what a model, a tool or a client does. */
export async function runTurn(options: Turn): Promise<AppError | undefined> {
  const { context, record } = options
  const limit = deadline({ timeoutMs: maxTurnMs, code: 'provider.timeout', what: 'the turn', parent: options.signal })
  try {
    const failure = await speak({ ...options, signal: limit.signal })
    const undelivered = await deliver(options, limit.signal)
    record.wasInterrupted = options.signal.aborted
    const why = options.signal.aborted ? undefined : (failure ?? undelivered)
    record.failed = why !== undefined
    return why
  } finally {
    limit.clear()
    // What the gate still holds of a turn that was cut must not come out with the words of the next one.
    context.gate.endUtterance()
    for (const kept of context.takeKeptDecisions()) record.keep(kept)
    const isHeard = record.status === 'complete' && !record.failed && !options.signal.aborted
    context.calls.turnEnded({ turnId: record.id, isHeard, nowMs: context.clock.nowMs() })
    decideEscalation(context, record)
    context.opening.heard(record.heard)
    remember(context, record)
  }
}

/** History holds what was heard, and the next turn must not begin before that is known. */
async function deliver(
  { heardAll, record, signal, speechMs }: Turn,
  turnLimit: AbortSignal,
): Promise<AppError | undefined> {
  const options = { code: 'provider.timeout', what: 'the speech', parent: signal } as const
  const speech = speechMs === undefined ? undefined : deadline({ ...options, timeoutMs: speechMs })
  try {
    if (!(await heardAll(speech?.signal ?? turnLimit)) || signal.aborted) record.cut()
    return undefined
  } catch (error) {
    record.cut()
    return asFailure(error)
  } finally {
    speech?.clear()
  }
}

async function speak(turn: Turn): Promise<AppError | undefined> {
  const { record } = turn
  try {
    const isOperators = record.line?.source === 'operator'
    const role = isOperators ? 'operator' : 'agent'
    await turn.emit({ event: 'turn_start', data: { turn_id: encodeId('turn', record.id), role } })
    // Before the words of this turn, and with them one turn to the gate.
    if (record.line === undefined) turn.context.gate.userTookTurn()
    await sayOpening(turn)
    await awaitVariables(turn)
    // Whoever talks to a person decides when the talk is over.
    // Before an answer it is asked behind the input stage, which must not be passed over because time is up.
    if (record.line !== undefined && !isOperators && !(await runTick(turn))) return undefined
    if (record.line?.source === 'first_message') record.line = firstMessage(turn.context)
    if (isOperators) await sayAsOperator(turn, record.line?.text ?? '')
    else if (record.line !== undefined) await sayLine(turn, record.line)
    else await answerMessage(turn, record.userText ?? '')
    if (!isOperators) await callByCounts(turn)
    return undefined
  } catch (error) {
    if (record.status === 'complete') record.status = 'cut'
    return asFailure(error)
  }
}

function asFailure(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('server.internal', 'the turn failed', { cause: error })
}

async function sayLine({ context, record, emit }: Turn, line: AgentLine): Promise<void> {
  if (line.text === '') return
  const gate = traceGate(record)
  const text = record.said === '' || line.text === '' ? line.text : ` ${line.text}`
  const steps = gate.pass(text, () => context.gate.sayWhole(text))
  await sendSteps(context, record, steps, emit, gate.spanId)
  gate.end()
}

/** A rule asked for a person, or the agent did: the escalation stage says so after it, in a decision of its own. */
function decideEscalation(context: SessionContext, record: TurnRecord): void {
  const asked = record.decisions.findLast(({ decision }) => decision.action === 'escalate')
  const isDecided = asked?.decision.stage === 'escalation' || context.handOver.isClaimed
  if (isDecided || (asked === undefined && !record.asksForPerson)) return
  const timed = context.gate.decideEscalation(asked?.decision)
  record.keep({ id: context.newId(), ...timed, blockedText: null, charactersHeard: 0 })
}

/** History holds what the user said, what was really heard, and what a cut turn had begun; nothing that was withheld on either side. */
function remember(context: SessionContext, record: TurnRecord): void {
  if (record.userText !== undefined) {
    const text = record.inputWithheld ? withheldMessage : record.userText
    const segment = makePromptSegment({ text, source: 'message', trust: 'user' })
    context.history.push({ kind: 'user_message', segment })
  }
  context.history.push(...unfinishedCalls(context, record))
  if (record.heard === '') return
  const { source, trust } = record.line ?? { source: 'reply', trust: 'tool' }
  const segment = makePromptSegment({ text: record.heard, source, trust })
  context.history.push({ kind: 'reply', segment })
}
