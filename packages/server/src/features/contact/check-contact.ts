/**
 * Threat: somebody is called at night, too often, or after having asked for no more calls.
 * Rule: this is the one caller of the engine at the stage contact; whoever contacts somebody, or lets somebody in, asks here.
 * On failure: not now, and the decision says that the engine failed; never `allow`.
 */
import type { ContactReason, Decision } from '@hyponema/contract'
import { type ContactFacts, mayContact } from '@hyponema/policy'
import type { ContactPolicy } from './find-contact-policy.ts'

export type ContactAnswer = {
  readonly decision: Decision
  readonly allowedAt: Date | null
  readonly ruleIds: readonly string[]
  /** What is said to a person who comes outside the hours. */
  readonly lines: readonly string[]
}

export function checkContact({ layers, version, sha256 }: ContactPolicy, facts: ContactFacts): ContactAnswer {
  const decision = mayContact({
    layers,
    identity: { id: 'agent', version, sha256: sha256.toString('hex') },
    versions: { unicode: process.versions['unicode'] ?? 'unknown', timeZones: process.versions['tz'] ?? 'unknown' },
    facts,
  })
  const untils = decision.obligations.flatMap((one) => (one.kind === 'defer' ? [one.untilMs] : []))
  return {
    decision,
    allowedAt: untils.length === 0 ? null : new Date(Math.max(...untils)),
    ruleIds: ruleIdsOf(decision),
    lines: decision.obligations.flatMap((one) => (one.kind === 'line' ? [one.text] : [])),
  }
}

const builtIn: Readonly<Record<string, ContactReason>> = {
  'builtin/do_not_contact': 'do_not_contact',
  'builtin/consent_withdrawn': 'consent_withdrawn',
  'builtin/unknown_time_zone': 'unknown_time_zone',
  'engine/error': 'error',
}

function ruleIdsOf({ action, matches, error }: Decision): readonly string[] {
  if (action === 'allow') return []
  return [...(error === undefined ? [] : ['engine/error']), ...new Set(matches.map(({ ruleId }) => ruleId))]
}

/** What kind of rule stands in the way; its id says it. */
export function reasonOf(ruleId: string): ContactReason {
  return builtIn[ruleId] ?? (ruleId.includes('/window.') ? 'sleep_window' : 'contact_cap')
}
