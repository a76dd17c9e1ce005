import { fillTemplate } from '../scripted/fill-template.ts'
import type { SessionContext } from './session-context.ts'
import type { AgentLine } from './turn-record.ts'

/**
 * What the agent opens with: its first message with the session's variables filled in. A name without a value stays as it was
 * written. `trust` is the operator's only while every word is.
 */
export function firstMessage({ firstMessage: line = '', variables }: SessionContext): AgentLine {
  const text = fillTemplate(line, variables.values())
  return { text, source: 'first_message', trust: text === line ? 'operator' : 'user' }
}
