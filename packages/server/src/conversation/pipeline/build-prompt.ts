import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import { judgePiece } from './judge-piece.ts'
import type { SessionContext } from './session-context.ts'
import type { RecordedDecision } from './turn-record.ts'

/**
 * The prompt of a turn, for as many model calls as it takes: the persona as instruction, variables and notes as fenced data,
 * then the conversation as it was heard. Notes are judged here, once; `keep` gets what was decided about them.
 */
export function buildPrompt(
  context: SessionContext,
  keep: (decision: RecordedDecision) => void,
): (thisTurn: readonly PromptPart[]) => readonly PromptPart[] {
  const { agent, variables, language } = context
  const instructions: PromptPart[] = [
    {
      kind: 'instruction',
      segment: makePromptSegment({ text: agent.persona.prompt, source: 'persona', trust: 'operator' }),
    },
  ]
  if (language !== undefined) {
    const text = `Answer in the language with the code ${language}, whatever language you are asked in.`
    instructions.push({
      kind: 'instruction',
      segment: makePromptSegment({ text, source: 'platform', trust: 'system' }),
    })
  }
  const data = Object.entries(variables).map(
    ([name, value]): PromptPart => ({
      kind: 'data',
      segment: makePromptSegment({ text: value, source: `variable:${name}`, trust: 'user' }),
    }),
  )
  const head = [...instructions, ...data, ...noteParts(context, keep)]
  return (thisTurn) => [...head, ...context.history, ...thisTurn]
}

/** A script looks its notes up by itself, when it needs them. */
function noteParts(context: SessionContext, keep: (decision: RecordedDecision) => void): readonly PromptPart[] {
  const { agent } = context
  if (agent.model.kind === 'scripted') return []
  return agent.notes.flatMap(({ name, text }): readonly PromptPart[] => {
    const piece = judgePiece(context, { stage: 'retrieval', text }, keep)
    if (piece === undefined) return []
    return [{ kind: 'data', segment: makePromptSegment({ ...piece, source: `note:${name}`, trust: 'document' }) }]
  })
}
