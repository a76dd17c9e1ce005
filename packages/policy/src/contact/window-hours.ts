import type { SleepWindow } from '@hyponema/contract'
import type { OpenHours } from '../time/open-hours.ts'
import { presetOf } from './presets.ts'

const known = new WeakMap<SleepWindow, readonly OpenHours[]>()

/** The hours of a window: all of these have to be open. Those of its preset are among them, unless it says why they are not. */
export function windowHours(window: SleepWindow): readonly OpenHours[] {
  const before = known.get(window)
  if (before !== undefined) return before
  const hours = hoursOf(window)
  known.set(window, hours)
  return hours
}

function hoursOf({ preset, hours, holidays, loosen }: SleepWindow): readonly OpenHours[] {
  if (preset === undefined) return [{ hours, holidays }]
  const { hours: ofPreset } = presetOf(preset)
  if (loosen === undefined || hours === undefined) return [ofPreset, { hours, holidays }]
  return [{ hours, holidays: [...(ofPreset.holidays ?? []), ...holidays] }]
}
