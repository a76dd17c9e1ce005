import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import type { SessionContext } from './session-context.ts'
import type { TurnRecord } from './turn-record.ts'

/** Enough to know the call again; the whole of it lies in the record. */
const maxPartCharacters = 500

/**
 * What later turns have to know of a turn that was cut: the calls that may have changed something. The model never got to say that
 * they were made, so without this it would make them again.
 */
export function unfinishedCalls({ tools }: Pick<SessionContext, 'tools'>, record: TurnRecord): readonly PromptPart[] {
  if (record.status !== 'cut') return []
  return record.toolCalls.flatMap(({ name, arguments: args, result }): readonly PromptPart[] => {
    if (tools.find(name)?.isIdempotent !== false) return []
    const [wish, answer] = [args.slice(0, maxPartCharacters), result.slice(0, maxPartCharacters)]
    const text = `In a turn that was interrupted, ${name} was called with ${wish}. It answered: ${answer}`
    return [{ kind: 'data', segment: makePromptSegment({ text, source: `tool:${name}`, trust: 'tool' }) }]
  })
}
