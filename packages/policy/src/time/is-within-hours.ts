import { isOpenAtLocal, type OpenHours } from './open-hours.ts'
import { readingsAt } from './zone-offsets.ts'
import type { ZoneTransitions } from './zone-transitions.ts'

/**
 * Whether an instant lies within the hours of a place. A time that summer time leaves out does not exist, so what would open in it
 * opens right after it. In a time that is shown twice both readings have to be open: quiet wins.
 */
export function isWithinHours(zone: ZoneTransitions, open: OpenHours, atMs: number): boolean {
  const minutes = Math.floor(atMs / 60_000)
  return readingsAt(zone, atMs).every((offset) => isOpenAtLocal(open, minutes + offset))
}
