/**
 * One turn of the agent.
 *
 * input stage -> prompt -> model -> (tool_call stage -> tool -> tool_result stage -> model)* -> output stage, token by token.
 * Ends as `complete` (all was said and heard), `blocked` (a rule stopped it) or `cut` (the client left, the session ended, the
 * answer reached a limit of length, the model or a deadline failed), and only when what was said has been heard, or never will be. Committing is the caller's.
 */
import { encodeId } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { deadline } from '../../kernel/deadline.ts'
import { makePromptSegment, type PromptPart, type ToolCall } from '../prompt-segment.ts'
import { buildPrompt } from './build-prompt.ts'
import { callTool } from './call-tool.ts'
import type { Listener, SessionContext } from './session-context.ts'
import { sendSteps, sendText } from './speak.ts'
import { startFiller } from './start-filler.ts'
import { keepDecision } from './tell-guard.ts'
import type { AgentLine, RecordedDecision, TurnRecord } from './turn-record.ts'

/** A turn that takes longer to be made and delivered has been given up by everybody who waits for it. */
const maxTurnMs = 120_000
const defaultMaxOutputTokens = 512
/** What later turns of the model read in place of a message that an input rule stopped. */
const withheldMessage = '[This message was withheld.]'

type Turn = Listener & {
  readonly context: SessionContext
  readonly record: TurnRecord
  readonly signal: AbortSignal
}

/** Runs the turn. Returns the failure that cut it, or undefined. Never throws for what a model, a tool or a client does. */
export async function runTurn(options: Turn): Promise<AppError | undefined> {
  const { context, record } = options
  const limit = deadline({ timeoutMs: maxTurnMs, code: 'provider.timeout', what: 'the turn', parent: options.signal })
  try {
    const failure = await speak({ ...options, signal: limit.signal })
    const undelivered = await deliver(options, limit.signal)
    record.wasInterrupted = options.signal.aborted
    return options.signal.aborted ? undefined : (failure ?? undelivered)
  } finally {
    limit.clear()
    // What the gate still holds of a turn that was cut must not come out with the words of the next one.
    context.gate.endUtterance()
    record.decisions.push(...context.takeKeptDecisions())
    decideEscalation(context, record)
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
    await turn.emit({ event: 'turn_start', data: { turn_id: encodeId('turn', record.id), role: 'agent' } })
    if (record.line !== undefined) await sayLine(turn, record.line)
    else await answer(turn, record.userText ?? '')
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
  await sendSteps(context, record, context.gate.sayWhole(line.text), emit)
}

async function answer(turn: Turn, userText: string): Promise<void> {
  const { context, record, emit } = turn
  context.gate.userTookTurn()
  const input = context.gate.decideInput(userText)
  const { decision, engineUs } = input
  await keepDecision(
    context,
    record,
    { id: context.newId(), decision, engineUs, blockedText: null, charactersHeard: 0 },
    emit,
  )
  if (input.stopsTurn) {
    record.status = 'blocked'
    record.inputWithheld = true
    record.escalates = decision.action === 'escalate'
    record.endsSession = decision.action === 'end'
    for (const line of input.lines.flatMap((text) => context.gate.sayLine(text)))
      await sendText(context, record, line, emit)
    return
  }
  const spoken: PromptPart[] = [
    { kind: 'user_message', segment: makePromptSegment({ text: userText, source: 'message', trust: 'user' }) },
  ]
  const { max_tool_calls: maxToolCalls } = context.agent.limits
  const aboutNotes: RecordedDecision[] = []
  const prompt = buildPrompt(context, (kept) => aboutNotes.push(kept))
  for (const kept of aboutNotes) await keepDecision(context, record, kept, emit)
  let answered = false
  for (let called = 0; ; ) {
    const { calls, said, ending } = await speakModel(turn, prompt(spoken))
    answered ||= ending !== 'empty'
    if (ending === 'stopped') return
    if (ending === 'cut_short') return record.breakOff()
    if (calls.length === 0) {
      // A person who waits for an answer must be told that none comes.
      if (!answered) throw new AppError('provider.unavailable', 'the model ended its answer without a word')
      return
    }
    called += calls.length
    if (called > maxToolCalls) {
      throw new AppError('provider.bad_request', `the model asked for more than ${maxToolCalls} tool calls in a turn`)
    }
    // Tools take their time, and the model after them.
    turn.pause?.()
    const told: ToolCall[] = []
    const results: PromptPart[] = []
    for (const wish of calls) {
      const { call, result } = await callTool(context, record, wish, turn)
      if (record.endsSession || record.escalates) {
        record.status = 'blocked'
        return
      }
      told.push(call)
      results.push(result)
    }
    const segment = makePromptSegment({ text: said, source: 'reply', trust: 'tool' })
    spoken.push({ kind: 'reply', segment, toolCalls: told }, ...results)
  }
}

/**
 * `whole`: the model said all it wanted. `empty`: it said nothing that one could read. `cut_short`: a limit of length ended it, the
 * provider's or ours. `stopped`: a rule ended it, and the turn with it.
 */
type Ending = 'whole' | 'empty' | 'cut_short' | 'stopped'
type ModelReply = { readonly calls: readonly ToolCall[]; readonly said: string; readonly ending: Ending }

/** One answer of the model, sent as the gate releases it. `said` is what left, `calls` what the model wishes. */
async function speakModel(turn: Turn, prompt: readonly PromptPart[]): Promise<ModelReply> {
  const { context, record, emit, signal } = turn
  const saidBefore = record.said
  const calls: ToolCall[] = []
  const call = new AbortController()
  const filler = startFiller(turn)
  let isFirst = true
  let stopped = false
  let ending: Ending = 'empty'
  try {
    for await (const event of context.model.stream(modelRequest(turn, prompt, call.signal))) {
      for (const kept of context.takeKeptDecisions()) await keepDecision(context, record, kept, emit)
      if (event.type === 'usage') {
        record.inputTokens += event.inputTokens
        record.outputTokens += event.outputTokens
      }
      // Of a call that was ended only the bill is awaited.
      if (stopped || signal.aborted) continue
      if (event.type === 'text' && event.delta !== '') {
        if (event.delta.trim() !== '') ending = 'whole'
        filler.stop()
        const separator = isFirst && record.said !== '' && !/\s$/.test(record.said) ? ' ' : ''
        isFirst = false
        stopped = !(await sendSteps(context, record, context.gate.push(separator + event.delta), emit))
        if (stopped) call.abort(new AppError('provider.unavailable', 'a rule stopped the turn'))
      } else if (event.type === 'tool_call') {
        calls.push({ callId: event.callId, name: event.name, argumentsJson: event.argumentsJson })
      } else if (event.type === 'finish' && event.reason === 'length') {
        ending = 'cut_short'
      } else if (event.type === 'finish' && event.reason === 'content_filter') {
        throw new AppError('provider.answer_withheld', 'the filter of the provider withheld the answer or its end')
      }
    }
  } catch (error) {
    if (!stopped) throw error
  } finally {
    filler.stop()
  }
  signal.throwIfAborted()
  if (!stopped) stopped = !(await sendSteps(context, record, context.gate.endUtterance(), emit))
  if (stopped) return { calls: [], said: '', ending: 'stopped' }
  return { calls, said: record.said.slice(saidBefore.length), ending }
}

function modelRequest(
  { context, signal }: Turn,
  prompt: readonly PromptPart[],
  callSignal: AbortSignal,
): Parameters<SessionContext['model']['stream']>[0] {
  const { model: settings } = context.agent
  return {
    prompt,
    tools: context.tools.offered,
    maxOutputTokens: settings.kind === 'scripted' ? defaultMaxOutputTokens : settings.max_output_tokens,
    ...(settings.kind === 'scripted' || settings.temperature === undefined
      ? {}
      : { temperature: settings.temperature }),
    signal: AbortSignal.any([signal, callSignal]),
  }
}

/** A rule asked for a person: the escalation stage says so after it, in a decision of its own. */
function decideEscalation(context: SessionContext, record: TurnRecord): void {
  const asked = record.decisions.findLast(({ decision }) => decision.action === 'escalate')
  if (asked === undefined) return
  const timed = context.gate.decideEscalation(asked.decision)
  record.decisions.push({ id: context.newId(), ...timed, blockedText: null, charactersHeard: 0 })
}

/** History holds what the user said and what was really heard; nothing that was withheld on either side. */
function remember(context: SessionContext, record: TurnRecord): void {
  if (record.userText !== undefined) {
    const text = record.inputWithheld ? withheldMessage : record.userText
    const segment = makePromptSegment({ text, source: 'message', trust: 'user' })
    context.history.push({ kind: 'user_message', segment })
  }
  if (record.heard === '') return
  const { source, trust } = record.line ?? { source: 'reply', trust: 'tool' }
  const segment = makePromptSegment({ text: record.heard, source, trust })
  context.history.push({ kind: 'reply', segment })
}
