import type { TurnInput } from '../live-session.ts'
import { builtInLine } from '../pipeline/built-in-lines.ts'
import type { SessionContext } from '../pipeline/session-context.ts'
import type { HandedWords } from './hand-over.ts'

/** The turn that says it; undefined where the rule asks for nothing to be said, as for a call back. */
export function handedInput(
  words: HandedWords,
  { gate, language }: Pick<SessionContext, 'gate' | 'language'>,
): TurnInput | undefined {
  if (words.kind === 'operator') return { kind: 'operator', text: words.text, messageId: words.messageId }
  const { ruleId, fallback } = words.escalation
  const say = gate.escalationRules.find((rule) => rule.ruleId === ruleId)?.rule.unanswered.say
  if (fallback === 'end')
    return { kind: 'line', text: say ?? builtInLine('unanswered', language), endReason: 'escalated' }
  if (fallback === 'message') return { kind: 'line', text: say ?? builtInLine('unanswered', language) }
  return say === undefined ? undefined : { kind: 'line', text: say }
}
