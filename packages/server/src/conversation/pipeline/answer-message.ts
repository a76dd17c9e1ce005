/**
 * The answer to what a person said.
 *
 * input stage -> prompt -> model -> (tools, each between its two stages -> model)* -> output stage, token by token.
 */
import { AppError } from '../../kernel/app-error.ts'
import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import { askModel } from './ask-model.ts'
import { buildPrompt } from './build-prompt.ts'
import { callTools } from './call-tools.ts'
import { clearLine } from './clear-line.ts'
import { sendText } from './speak.ts'
import { keepDecision } from './tell-guard.ts'
import type { Turn } from './turn.ts'
import type { RecordedDecision } from './turn-record.ts'

/** Answers it. Throws what the model or a deadline fails with; a rule that ends the turn is in its record. */
export async function answerMessage(turn: Turn, userText: string): Promise<void> {
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
    for (const line of input.lines.flatMap((text) => clearLine(context, record, text)))
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
    const { calls, said, ending } = await askModel(turn, prompt(spoken))
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
    const answers = await callTools(turn, calls)
    if (answers === undefined) return
    const segment = makePromptSegment({ text: said, source: 'reply', trust: 'tool' })
    spoken.push(
      { kind: 'reply', segment, toolCalls: answers.map(({ call }) => call) },
      ...answers.map(({ result }) => result),
    )
  }
}
