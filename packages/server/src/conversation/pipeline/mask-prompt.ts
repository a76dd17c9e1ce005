/**
 * Threat: personal data reaches a model in another way than as the message of the turn: in history, a variable, an answer.
 * Rule: the whole prompt passes here just before it goes to the model. Instructions, which we and the operator wrote, stay as they are.
 * On failure: an error, and no call of the model.
 */
import { makePromptSegment, type PromptPart, type PromptSegment, type PromptTrust } from '../prompt-segment.ts'
import type { SessionContext } from './session-context.ts'

type Gate = Pick<SessionContext['gate'], 'mask'>

export function maskPrompt(gate: Gate, parts: readonly PromptPart[]): readonly PromptPart[] {
  return parts.map((part): PromptPart => {
    switch (part.kind) {
      case 'instruction':
        return part
      case 'user_message':
        return { ...part, segment: maskSegment(gate, part.segment) }
      case 'tool_result':
        return { ...part, segment: maskSegment(gate, part.segment) }
      default:
        return { ...part, segment: maskSegment(gate, part.segment) }
    }
  })
}

function maskSegment<Trust extends PromptTrust>(gate: Gate, segment: PromptSegment<Trust>): PromptSegment<Trust> {
  const text = gate.mask('to_model', segment.text)
  return text === segment.text ? segment : makePromptSegment({ ...segment, text })
}
