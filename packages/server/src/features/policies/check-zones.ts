import type { PolicyDocument } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { isKnownZone } from '../../platform/time/read-zone-transitions.ts'

/** Throws policy.does_not_compile where a rule goes by the clock of a place that nobody knows: it would only ever put off. */
export function checkZones(document: PolicyDocument, below: string): void {
  const named = [
    ...document.sleep_windows.map(({ time_zone: zone }, index) => ({
      zone,
      pointer: `${below}/sleep_windows/${index}/time_zone`,
    })),
    ...document.escalation_rules.map(({ hours }, index) => ({
      zone: hours?.time_zone ?? 'user',
      pointer: `${below}/escalation_rules/${index}/hours/time_zone`,
    })),
  ]
  const unknown = named.filter(({ zone }) => zone !== 'user' && !isKnownZone(zone))
  if (unknown.length === 0) return
  throw new AppError('policy.does_not_compile', 'a time zone that nobody knows', {
    errors: unknown.map(({ pointer }) => ({
      pointer,
      detail: 'no such time zone; expected an IANA name such as Europe/Paris, or user',
    })),
  })
}
