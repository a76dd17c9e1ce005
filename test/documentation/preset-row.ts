import type { Preset } from '@hyponema/policy'

/** A preset as its row in docs/sleep-windows.md. */
export function presetRow(name: string, { hours, caps, source, url, compared, note }: Preset): readonly string[] {
  const ranges = (hours.hours ?? []).map(({ days, from, to }) => `${days[0]}-${days.at(-1)} ${from}-${to}`)
  const holidays = hours.holidays === undefined ? [] : ['none on national holidays']
  const counted = caps.flatMap((cap) => [
    `${cap.attempts} per ${cap.per} in ${span(cap.window_hours)}`,
    ...(cap.after_talk_hours === undefined ? [] : [`${span(cap.after_talk_hours)} after a talk`]),
    ...(cap.after_refusal_hours === undefined ? [] : [`${span(cap.after_refusal_hours)} after a refusal`]),
  ])
  return [
    name,
    [...ranges, ...holidays].join(', '),
    counted.length === 0 ? '–' : counted.join(', '),
    `[${source}](${url})`,
    compared,
    note,
  ]
}

function span(hours: number | undefined): string {
  return hours === undefined || hours % 24 !== 0 ? `${hours ?? 0} h` : hours === 24 ? '24 h' : `${hours / 24} days`
}
