/**
 * Threat: personal data reaches a model in another way than as the message of the turn: in history, a variable, an answer, the arguments that it wrote itself.
 * Rule: the whole prompt passes here just before it goes to the model. Instructions, which we and the operator wrote, stay as they are.
 * On failure: an error, and no call of the model.
 */
import { parseJson } from '../../kernel/parse-json.ts'
import {
  makePromptSegment,
  type PromptPart,
  type PromptSegment,
  type PromptTrust,
  type ToolCall,
} from '../prompt-segment.ts'
import { maskStrings } from './mask-strings.ts'
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
      case 'reply': {
        const masked = { ...part, segment: maskSegment(gate, part.segment) }
        return part.toolCalls === undefined ? masked : { ...masked, toolCalls: maskCalls(gate, part.toolCalls) }
      }
      default:
        return { ...part, segment: maskSegment(gate, part.segment) }
    }
  })
}

function maskSegment<Trust extends PromptTrust>(gate: Gate, segment: PromptSegment<Trust>): PromptSegment<Trust> {
  const text = gate.mask('to_model', segment.text)
  return text === segment.text ? segment : makePromptSegment({ ...segment, text })
}

/** What the model wished itself is JSON, and stays JSON where it was. */
function maskCalls(gate: Gate, calls: readonly ToolCall[]): readonly ToolCall[] {
  const mask = (text: string): string => gate.mask('to_model', text)
  return calls.map((call) => {
    const value = parseJson(call.argumentsJson)
    const masked = value === undefined ? mask(call.argumentsJson) : JSON.stringify(maskStrings(value, mask))
    return { ...call, argumentsJson: masked }
  })
}
