/**
 * Threat: a document or the answer of a tool puts its own value into a call: its account, its address, its date.
 * Rule: the origin of an argument is the set of all pieces of the prompt that contain it, after typed normalisers and whatever
 * encoding it wears; of pieces that are trusted only those that contain all of it. Who caused the call is not judged.
 * On failure: a value that nobody said has no origin, and is asked about.
 */
import type { ArgumentKind } from '@hyponema/contract'
import type { OriginSegment } from './tool-facts.ts'
import { foldPlain } from './values/fold-plain.ts'
import { readNumbers } from './values/read-numbers.ts'
import { containsValue, valueParts } from './values/read-values.ts'
import type { SessionDay } from './values/session-day.ts'
import { formsOf } from './values/text-forms.ts'

export type OriginTrust = OriginSegment['trust']

export interface Origin {
  /** Who has the value, in the order of trust; of a value with parts, who has the least trusted of them. */
  readonly sources: readonly OriginTrust[]
  readonly verdict: 'trusted' | 'unknown' | 'untrusted'
}

const byTrust: readonly OriginTrust[] = ['system', 'operator', 'user', 'tool', 'document']
const trusted: ReadonlySet<OriginTrust> = new Set(['system', 'operator', 'user'])
/** A shorter one stands in half of all texts. */
const minCharacters = 4

/** Where one value comes from. `isListed`: the tool's schema lists it, so that its length says nothing. */
export function originOf(
  value: string,
  {
    kind,
    segments,
    now,
    isListed,
  }: {
    readonly kind: ArgumentKind
    readonly segments: readonly OriginSegment[]
    readonly now: SessionDay
    readonly isListed: boolean
  },
): Origin {
  const parts = valueParts(value, kind, now).map(({ kind: single, text }) => {
    const found = new Set(
      segments
        .filter((segment) => {
          const by = trusted.has(segment.trust) ? 'whole' : 'part'
          return containsValue(formsOf(segment), text, { kind: single, now, by })
        })
        .map(({ trust }) => trust),
    )
    const sources = byTrust.filter((trust) => found.has(trust))
    const verdict = sources.some((source) => trusted.has(source))
      ? 'trusted'
      : sources.length > 0
        ? 'untrusted'
        : 'unknown'
    return { sources, verdict } as const
  })
  const worst = parts.reduce((one, other) => (rank(other) > rank(one) ? other : one), parts[0] ?? noOrigin)
  if (isListed) return worst
  const isPadded = worst.verdict === 'trusted' && lengthOf(value, kind) < minCharacters
  return isPadded || [...foldPlain(value)].length < minCharacters ? { ...worst, verdict: 'unknown' } : worst
}

/** Of a number that of its shortest form: who writes `0009` says no more than `9`. */
function lengthOf(value: string, kind: ArgumentKind): number {
  const plain = foldPlain(value)
  const isBare = (kind === 'number' || kind === 'money') && /^[-+\d.,'’ ]+$/.test(plain)
  return isBare ? Math.min(plain.length, ...[...readNumbers(plain)].map((one) => one.length)) : [...plain].length
}

const noOrigin: Origin = { sources: [], verdict: 'unknown' }

function rank({ verdict }: Origin): number {
  return verdict === 'untrusted' ? 2 : verdict === 'unknown' ? 1 : 0
}
