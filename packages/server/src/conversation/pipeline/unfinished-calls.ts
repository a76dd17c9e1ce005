import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import type { SessionContext } from './session-context.ts'
import type { TurnRecord } from './turn-record.ts'

/** Enough to know the call again; the whole of it lies in the record. */
const maxPartCharacters = 500

/**
 * What later turns have to know of a turn in which the model did not get to say what its calls came to: it was cut, a rule stopped
 * its words, a line of ours stood in for them, or it had none. They are the calls that may have changed something; without this it
 * would make them again.
 */
export function unfinishedCalls({ tools }: Pick<SessionContext, 'tools'>, record: TurnRecord): readonly PromptPart[] {
  if (record.status === 'complete' && record.hasToldCalls) return []
  const when =
    record.status === 'cut' ? 'a turn that was interrupted,' : 'an earlier turn, of which the user may not know,'
  return record.toolCalls.flatMap(({ name, arguments: args, result }): readonly PromptPart[] => {
    if (tools.find(name)?.isIdempotent !== false) return []
    const [wish, answer] = [args.slice(0, maxPartCharacters), result.slice(0, maxPartCharacters)]
    const came = answer === '' ? 'Whether it did its work is not known.' : `It answered: ${answer}`
    const text = `In ${when} ${name} was called with ${wish}. ${came}`
    return [{ kind: 'data', segment: makePromptSegment({ text, source: `tool:${name}`, trust: 'tool' }) }]
  })
}
