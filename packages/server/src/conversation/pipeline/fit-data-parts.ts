import { leaveOut, type PromptPart } from '../prompt-segment.ts'

/** About 8,000 tokens: more would push the conversation itself out of a small model's window, and cost at every turn. */
const maxDataCharacters = 32_000

/**
 * The parts as they fit: variables, notes and retrieved chunks up to 32,000 characters together, in their order. What comes after
 * that is left out whole, and its segment says so.
 */
export function fitDataParts(parts: readonly PromptPart[]): readonly PromptPart[] {
  let room = maxDataCharacters
  return parts.map((part) => {
    if (part.kind !== 'data') return part
    const { length } = part.segment.text
    if (length <= room) {
      room -= length
      return part
    }
    return { ...part, segment: leaveOut(part.segment) }
  })
}
