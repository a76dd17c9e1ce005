import { readZoneTransitions } from '../../packages/server/src/platform/time/read-zone-transitions.ts'
import { classesOf, type ZoneClass } from './walk-windows.ts'

/** All zones that this machine knows, by what their clocks do in about a year and a half around an instant. */
export function readClasses(atMs: number): readonly ZoneClass[] {
  return classesOf(Intl.supportedValuesOf('timeZone').flatMap((name) => readZoneTransitions(name, atMs) ?? []))
}
