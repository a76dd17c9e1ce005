/**
 * Threat: personal data that a policy keeps out of transcripts is stored all the same, beside the turn: with a decision or a call.
 * Rule: every text of a turn that is written down passes here: both sides, the calls, what was withheld, what was asked.
 * On failure: an error, and the turn is not written.
 */
import type { Obligation } from '@hyponema/contract'
import type { StoredToolCall } from '../../features/turns/public.ts'
import { parseJson } from '../../kernel/parse-json.ts'
import { maskNamed } from './mask-named.ts'
import { maskStrings } from './mask-strings.ts'
import type { SessionContext } from './session-context.ts'
import type { RecordedDecision, TurnRecord } from './turn-record.ts'

export type StoredTurn = {
  readonly userText: string | undefined
  readonly heard: string
  readonly toolCalls: readonly StoredToolCall[]
  readonly decisions: readonly RecordedDecision[]
}

/** A turn as it may be stored. */
export function maskStoredTurn({ gate }: Pick<SessionContext, 'gate'>, record: TurnRecord): StoredTurn {
  const mask = (text: string): string => gate.mask('to_transcript', text)
  return {
    userText: record.userText === undefined ? undefined : mask(record.userText),
    heard: mask(record.heard),
    toolCalls: record.toolCalls.map((call) => ({
      ...call,
      arguments: mask(withoutEscapes(call.arguments)),
      result: mask(withoutEscapes(call.result)),
    })),
    decisions: record.decisions.map((kept) => ({
      ...kept,
      blockedText: kept.blockedText === null ? null : mask(kept.blockedText),
      decision: {
        ...kept.decision,
        obligations: kept.decision.obligations.map((one) => maskQuestion(one, mask)),
        matches: kept.decision.matches.map((match) => ({
          ...match,
          folded: mask(match.folded),
          ...(match.field === undefined ? {} : { field: mask(match.field) }),
        })),
      },
      ...(kept.asked === undefined ? {} : { asked: maskAsked(kept.asked, mask) }),
    })),
  }
}

/** What was asked, with the same words masked: taken again, it is decided about what may be known of it. */
function maskAsked(
  asked: NonNullable<RecordedDecision['asked']>,
  mask: (text: string) => string,
): NonNullable<RecordedDecision['asked']> {
  const { event } = asked
  const { tool } = asked.facts
  const segments = tool?.segments.map((segment) => ({ ...segment, text: mask(segment.text) }))
  const facts = tool === undefined ? asked.facts : { ...asked.facts, tool: { ...tool, segments: segments ?? [] } }
  if ('text' in event) return { event: { ...event, text: mask(event.text) }, facts }
  if (event.stage !== 'tool_call') return { event, facts }
  return { event: { ...event, arguments: maskStrings(event.arguments, mask) }, facts }
}

/** "\\u0040" in JSON is an "@" to everybody who reads it. */
function withoutEscapes(json: string): string {
  const value = json.includes('\\') ? parseJson(json) : undefined
  return value === undefined ? json : JSON.stringify(value)
}

/** A question reads out what a tool is to be called with. */
function maskQuestion(obligation: Obligation, mask: (text: string) => string): Obligation {
  if (obligation.kind !== 'question') return obligation
  const fields = obligation.fields.map(({ field, value }) => ({
    field: mask(field),
    value: maskNamed(field, value, mask),
  }))
  return { ...obligation, fields }
}
