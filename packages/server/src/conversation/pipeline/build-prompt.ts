import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import type { SessionContext } from './session-context.ts'

/** The prompt of one model call: the persona as instruction, variables as fenced data, then the conversation as it was heard. */
export function buildPrompt(context: SessionContext, thisTurn: readonly PromptPart[]): readonly PromptPart[] {
  const { agent, variables } = context
  const persona: PromptPart = {
    kind: 'instruction',
    segment: makePromptSegment({ text: agent.persona.prompt, source: 'persona', trust: 'operator' }),
  }
  const data = Object.entries(variables).map(
    ([name, value]): PromptPart => ({
      kind: 'data',
      segment: makePromptSegment({ text: value, source: `variable:${name}`, trust: 'user' }),
    }),
  )
  return [persona, ...data, ...noteParts(context), ...context.history, ...thisTurn]
}

/** The agent's notes, each through the retrieval stage. A script looks its notes up by itself. */
function noteParts({ agent, gate }: SessionContext): readonly PromptPart[] {
  if (agent.model.kind === 'scripted') return []
  return agent.notes
    .filter(({ text }) => {
      const { action } = gate.decideRetrieval(text).decision
      return action === 'allow' || action === 'annotate'
    })
    .map(({ name, text }) => ({
      kind: 'data',
      segment: makePromptSegment({ text, source: `note:${name}`, trust: 'document' }),
    }))
}
