/** Cuts a text into pieces at the given places, surrogate pairs too; a place beyond the text counts from its beginning again. */
export function splitAt(text: string, places: readonly number[]): readonly string[] {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].sort((left, right) => left - right)
  return [0, ...cuts].map((cut, index) => text.slice(cut, cuts[index] ?? text.length))
}

/** A small generator of numbers below `limit`, the same ones for the same seed (a linear congruence of 32 bits). */
export function seededNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
