/**
 * Threat: personal data goes further than the policy lets it: to a model, into a transcript, into a log.
 * Rule: the strictest rule of all layers decides by kind and direction; what is masked leaves a marker, what is dropped nothing.
 * On failure: an error; the caller sends nothing on.
 */
import type { PiiDirection, PiiKind } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { findPii } from './find-pii.ts'
import { piiMarker } from './pii-words.ts'

export interface MaskedText {
  readonly text: string
  /** How often each kind was taken out. */
  readonly found: Readonly<Partial<Record<PiiKind, number>>>
}

/** The text as it may go in this direction. Without a rule about that it is the same text, at no cost. */
export function maskPii(policy: Pick<CompiledPolicy, 'pii'>, direction: PiiDirection, text: string): MaskedText {
  const duties = policy.pii[direction]
  if (duties.size === 0) return { text, found: {} }
  const found: Partial<Record<PiiKind, number>> = {}
  const kept: string[] = []
  let at = 0
  for (const { kind, start, end } of findPii(text)) {
    const duty = duties.get(kind)
    if (duty === undefined) continue
    kept.push(text.slice(at, start), piiMarker({ kind, action: duty.action }))
    found[kind] = (found[kind] ?? 0) + 1
    at = end
  }
  return { text: [...kept, text.slice(at)].join(''), found }
}
