import type { ToolCall } from '../prompt-segment.ts'
import { callTool, type ToolAnswer } from './call-tool.ts'
import type { Turn } from './turn.ts'

/** Everything that one answer of the model wished. Undefined when a rule ended the turn. */
export async function callTools(turn: Turn, calls: readonly ToolCall[]): Promise<readonly ToolAnswer[] | undefined> {
  const { context, record } = turn
  // Tools take their time, and the model after them.
  turn.pause?.()
  const answers: ToolAnswer[] = []
  for (const wish of calls) {
    answers.push(await callTool(context, record, wish, turn))
    if (record.endsSession || record.escalates) {
      record.status = 'blocked'
      return undefined
    }
  }
  return answers
}
