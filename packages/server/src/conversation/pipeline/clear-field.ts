/**
 * Threat: arguments or an answer of a visible tool reach a client with words that a rule forbids, in an escape of JSON or over two
 * fields of it, or judging them lets a phrase of the reply slip through that had already begun.
 * Rule: a client gets the JSON that we write again from what was read, after it has passed an output gate of its own as it is
 * written, as all its names and values in a row, and as its values alone. What the reply is doing is not touched.
 * On failure: the field is left out, and the decision is kept, sealed with the turn. What is no JSON, too long or nested too deeply is left out, too.
 */
import type { Cleared } from '../../kernel/cleared.ts'
import { parseJson } from '../../kernel/parse-json.ts'
import type { Turn } from './turn.ts'

/** More is nothing that anybody reads beside a conversation. */
const maxCharacters = 16_384
/** As the tool_call stage has it: what is nested more deeply could not be reviewed either. */
const maxDepth = 32

/** What a client may get of it, or undefined. `spanId` is the call that it belongs to. */
export function clearField({ context, record }: Turn, json: string, spanId: number): Cleared | undefined {
  const value = json.length > maxCharacters ? undefined : parseJson(json === '' ? '{}' : json)
  if (value === undefined || isDeep(value, 0)) return undefined
  const text = JSON.stringify(value)
  const judged = context.gate.judgeField(text, [textsOf(value, true).join(' '), textsOf(value, false).join(' ')])
  if (judged.kind === 'text') return judged.text
  const { decision, engineUs, blockedText, charactersHeard } = judged
  record.keep({ id: context.newId(), decision, engineUs, blockedText, charactersHeard, spanId })
  return undefined
}

function isDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth >= maxDepth || Object.values(value).some((member) => isDeep(member, depth + 1))
}

/** As somebody reads them, from the first to the last. */
function textsOf(value: unknown, withNames: boolean): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, withNames))
  if (typeof value !== 'object' || value === null) return [String(value)]
  return Object.entries(value).flatMap(([name, member]) => [
    ...(withNames ? [name] : []),
    ...textsOf(member, withNames),
  ])
}
