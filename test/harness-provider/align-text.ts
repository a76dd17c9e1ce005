/** Characters with their times in milliseconds from the beginning of the message that they come with, as ElevenLabs tells them. */
export type Alignment = {
  readonly chars: readonly string[]
  readonly charStartTimesMs: readonly number[]
  readonly charDurationsMs: readonly number[]
}

/** Spreads a text evenly over its audio; a part has the characters that begin in it. */
export function alignText(
  text: string,
  durationMs: number,
): { readonly between: (fromMs: number, untilMs: number) => Alignment } {
  const characters = [...text]
  const eachMs = durationMs / Math.max(1, characters.length)
  const timed = characters.map((character, at) => ({ character, startMs: at * eachMs }))
  return {
    between: (fromMs, untilMs) => {
      const inside = timed.filter(({ startMs }) => startMs >= fromMs && startMs < untilMs)
      return {
        chars: inside.map(({ character }) => character),
        charStartTimesMs: inside.map(({ startMs }) => Math.round(startMs - fromMs)),
        charDurationsMs: inside.map(() => Math.round(eachMs)),
      }
    },
  }
}
