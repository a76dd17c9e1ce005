/**
 * Threat: what a person said could not be judged, and the answer to it is judged no more strictly than any other.
 * Rule: for that turn each zone hides its sentence and the rest of the turn, and does at once what its strikes would do at last.
 * On failure: nothing can fail; rules are only ever made stricter.
 */
import { type ZoneAction, zoneActions } from '@hyponema/contract'
import type { CompiledPolicy, CompiledZone } from '../compile/compiled-policy.ts'

/** The same policy with its output zones at their strictest. */
export function strictestPolicy(policy: CompiledPolicy): CompiledPolicy {
  return { ...policy, zones: policy.zones.map(strictest), hidesSentences: policy.zones.length > 0 }
}

function strictest(zone: CompiledZone): CompiledZone {
  if (zone.masks) return zone
  const wanted: readonly ZoneAction[] = ['block', zone.action, zone.strikes?.action ?? 'block']
  const action = wanted.reduce((one, other) => (zoneActions.indexOf(other) > zoneActions.indexOf(one) ? other : one))
  return { ...zone, action, scope: 'turn' }
}
