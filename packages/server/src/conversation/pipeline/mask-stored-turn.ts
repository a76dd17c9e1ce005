/**
 * Threat: personal data that a policy keeps out of transcripts is stored all the same, beside the turn: with a decision or a call.
 * Rule: every text of a turn that is written down passes here: both sides, the calls, what was withheld. What the engine was asked is
 * kept whole or not at all: masked, it would be decided otherwise when it is taken again, and nobody could tell why.
 * On failure: an error, and the turn is not written.
 */
import type { Obligation } from '@hyponema/contract'
import type { StoredToolCall } from '../../features/turns/public.ts'
import { parseJson } from '../../kernel/parse-json.ts'
import { maskNamed } from './mask-named.ts'
import { maskStrings } from './mask-strings.ts'
import type { AskedDecision } from './recorded-decision.ts'
import type { SessionContext } from './session-context.ts'
import type { RecordedDecision, TurnRecord } from './turn-record.ts'

export type StoredTurn = {
  readonly userText: string | undefined
  readonly heard: string
  readonly toolCalls: readonly StoredToolCall[]
  readonly decisions: readonly StoredDecision[]
}

/** `asked` is null where the decision cannot be taken again. */
type StoredDecision = Omit<RecordedDecision, 'asked'> & { readonly asked: AskedDecision | null }

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
      asked: askedOf(kept, mask),
    })),
  }
}

/** Null where a part of it may not be kept, or has left before it was judged. */
function askedOf(kept: RecordedDecision, mask: (text: string) => string): AskedDecision | null {
  const asked = kept.asked ?? askedOfBlock(kept)
  return asked !== null && isWhole(asked, mask) ? asked : null
}

/** The output gate was asked character by character: what it withheld is what it decided about, unless its head had left. */
function askedOfBlock({ decision, blockedText, charactersHeard }: RecordedDecision): AskedDecision | null {
  if (decision.stage !== 'output' || blockedText === null || blockedText === '' || charactersHeard > 0) return null
  const hits = Object.entries(decision.facts).flatMap(([name, counted]) =>
    name.startsWith('hits:') && typeof counted === 'number' ? [[name.slice('hits:'.length), counted - 1] as const] : [],
  )
  return {
    event: { stage: 'output', text: blockedText },
    facts: { mode: decision.mode, earlierHits: Object.fromEntries(hits) },
  }
}

function isWhole({ event, facts }: AskedDecision, mask: (text: string) => string): boolean {
  const asking = event.stage === 'escalation' && event.asked !== 'agent' ? event.asked : undefined
  const texts = [
    'text' in event ? event.text : '',
    ...(facts.tool?.segments.map(({ text }) => text) ?? []),
    ...(asking?.matches.flatMap(({ folded, field = '' }) => [folded, field]) ?? []),
  ]
  const args = event.stage === 'tool_call' ? event.arguments : null
  return texts.every((text) => mask(text) === text) && JSON.stringify(maskStrings(args, mask)) === JSON.stringify(args)
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
