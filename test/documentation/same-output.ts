/** The text with what differs from run to run taken out: ids, times, the engine's time. */
export function withoutChance(text: string): string {
  return text
    .replaceAll(/\b([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}\b/g, '$1_...')
    .replaceAll(/"engine_(ms|us)":[0-9.]+/g, '"engine_$1":0')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .trim()
}
