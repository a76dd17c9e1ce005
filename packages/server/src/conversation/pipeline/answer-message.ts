/**
 * The answer to what a person said.
 *
 * input stage -> what waited for the person's word is settled -> documents, each through the retrieval stage -> prompt -> model -> (tools, each between its two stages -> model)* -> output stage, token by token.
 */
import { AppError } from '../../kernel/app-error.ts'
import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import { askModel } from './ask-model.ts'
import { buildPrompt } from './build-prompt.ts'
import { CallIds } from './call-ids.ts'
import { callTools, type ToolsOutcome } from './call-tools.ts'
import { clearLine } from './clear-line.ts'
import { onlyCalls } from './only-calls.ts'
import { retrieveKnowledge } from './retrieve-knowledge.ts'
import { runTick } from './run-tick.ts'
import { sayBuiltInLine } from './say-built-in-line.ts'
import { settleConfirmation } from './settle-confirmation.ts'
import { sendText } from './speak.ts'
import { keepDecision } from './tell-guard.ts'
import type { Turn } from './turn.ts'
import type { RecordedDecision } from './turn-record.ts'

/** Rounds in which no call was made that counts: a model that only changes the language or asks beyond its limit comes to an end. */
const maxFreeRounds = 3

/** Answers it. Throws what the model or a deadline fails with; a rule that ends the turn is in its record. */
export async function answerMessage(turn: Turn, userText: string): Promise<void> {
  const { context, record, emit } = turn
  const { userHow: how } = record
  context.safety.userSaid({ turnId: record.userTurnId ?? record.id, text: userText, how, atMs: context.clock.nowMs() })
  const input = context.gate.decideInput(userText)
  const { decision, engineUs, asked } = input
  await keepDecision(
    context,
    record,
    {
      id: context.newId(),
      decision,
      engineUs,
      blockedText: null,
      charactersHeard: 0,
      ...(asked === undefined ? {} : { asked }),
    },
    emit,
  )
  const done = await context.safety.carryOut(decision)
  record.inputWithheld = input.stopsTurn && !onlyCalls(decision, context.gate.callingRules)
  // A person answers it, and reads it whatever a rule says of it; the model, which has the talk back later, does not.
  if (context.handOver.isClaimed) return
  if (input.stopsTurn) {
    record.status = 'blocked'
    record.escalates = decision.action === 'escalate'
    record.endsSession = decision.action === 'end'
    for (const line of input.lines.flatMap((text) => clearLine(context, record, text)))
      await sendText(context, record, line, emit)
    return
  }
  // What was carried out is said by us; a model could say the opposite of it.
  for (const line of done) if (await sayBuiltInLine(turn, line)) return
  if (!(await runTick(turn))) return
  const spoken: PromptPart[] = [
    { kind: 'user_message', segment: makePromptSegment({ text: userText, source: 'message', trust: 'user' }) },
  ]
  const settled = await settleConfirmation(turn, userText)
  if (settled.kind === 'over') return await closeWith(turn, settled.outcome, false)
  spoken.push(...settled.parts)
  const aboutData: RecordedDecision[] = []
  const keep = (kept: RecordedDecision): unknown => aboutData.push(kept)
  const prompt = buildPrompt(
    context,
    keep,
    await retrieveKnowledge(turn, context.gate.mask('to_model', userText), keep),
  )
  for (const kept of aboutData) await keepDecision(context, record, kept, emit)
  await askUntilAnswered(turn, prompt, { spoken, failed: new Set(settled.failed) })
}

/** Model and tools in turns, until the model wishes nothing more or what it wished ends the turn. */
async function askUntilAnswered(
  turn: Turn,
  prompt: ReturnType<typeof buildPrompt>,
  /** `failed`: tools that failed and have not worked since, as long as the model has said nothing about it. */
  { spoken, failed }: { readonly spoken: PromptPart[]; readonly failed: Set<string> },
): Promise<void> {
  const callIds = new CallIds()
  let hasSpoken = false
  let freeRounds = 0
  for (;;) {
    const parts = prompt(spoken)
    // Of each prompt, whether or not a call is wished in it: what the agent says of it is as tainted.
    const segments = turn.context.calls.segmentsOf(parts)
    const reply = await askModel(turn, parts)
    if (reply.ending === 'stopped') return
    if (reply.ending === 'cut_short') return turn.record.breakOff()
    if (reply.ending !== 'empty') {
      hasSpoken = true
      failed.clear()
    }
    if (reply.calls.length === 0) {
      turn.record.hasToldCalls = reply.ending !== 'empty'
      if (hasSpoken && failed.size === 0) return
      return await answerInstead(turn, { hasFailed: failed.size > 0 })
    }
    const calls = reply.calls.map((call) => callIds.unique(call))
    const outcome = await callTools(turn, calls, { segments })
    if (outcome.kind !== 'answered') return await closeWith(turn, outcome.kind, reply.ending !== 'empty')
    const { answers, isFree } = outcome
    if (isFree) freeRounds += 1
    for (const { call, isOk } of answers) {
      if (isOk) failed.delete(call.name)
      else failed.add(call.name)
    }
    if (freeRounds >= maxFreeRounds) return await answerInstead(turn, { hasFailed: true })
    const segment = makePromptSegment({ text: reply.said, source: 'reply', trust: 'tool' })
    spoken.push({ kind: 'reply', segment, toolCalls: answers.map(({ call }) => call) })
    spoken.push(...answers.map(({ result }) => result))
  }
}

/** A person who waits for an answer must be told that none comes, and above all that something went wrong. */
async function answerInstead(turn: Turn, { hasFailed }: { hasFailed: boolean }): Promise<void> {
  if (hasFailed && (await sayBuiltInLine(turn, 'tool_failed'))) return
  throw new AppError('provider.unavailable', 'the model ended its answer without a word')
}

/** What the model did not say itself before it ended the call or handed it over is said for it. A skipped turn has no words. */
async function closeWith(
  turn: Turn,
  kind: Exclude<ToolsOutcome['kind'], 'answered'>,
  hasSpoken: boolean,
): Promise<void> {
  if (hasSpoken) return
  if (kind === 'ended') await sayBuiltInLine(turn, 'goodbye')
  if (kind === 'handed_over') await sayBuiltInLine(turn, 'handed_over')
}
