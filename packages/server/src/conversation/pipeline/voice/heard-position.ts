/**
 * Slower than people speak (English has 14 to 17 characters a second): where nobody tells what a piece of audio says, fewer words
 * count as heard, not more.
 */
const cautiousCharactersPerMs = 12 / 1000

/** Which characters of what was said have been heard, from how much of its audio has been played. */
export class HeardPosition {
  /** So much audio is played when so many characters are spoken: both only grow. */
  readonly #audioMs: number[] = [0]
  readonly #characters: number[] = [0]
  #said = 0
  #audioEndMs = 0
  #isComplete = false

  /** So many more characters were handed to the voice. */
  say(characters: number): void {
    this.#said += characters
  }

  /** There is audio up to `untilMs`, and with it `charactersSpoken` of all that was said are spoken, where the voice tells. */
  audio(untilMs: number, charactersSpoken?: number): void {
    this.#audioEndMs = Math.max(this.#audioEndMs, untilMs)
    if (charactersSpoken === undefined) return
    this.#mark(this.#audioEndMs, Math.min(this.#said, charactersSpoken))
  }

  /** All that was said has its audio; `characters` more were blanks that nobody speaks. */
  complete(characters = 0): void {
    this.#said += characters
    this.#isComplete = true
    this.#mark(this.#audioEndMs, this.#said)
  }

  /** How many characters were spoken once so much has been played. Whole, and never more than were said. */
  at(playedMs: number): number {
    if (this.#isComplete && playedMs >= this.#audioEndMs) return this.#said
    const before = this.#lastMark(playedMs)
    const fromMs = this.#audioMs[before] ?? 0
    const from = this.#characters[before] ?? 0
    const nextMs = this.#audioMs[before + 1]
    const next = this.#characters[before + 1]
    const sinceMs = Math.min(playedMs, this.#audioEndMs) - fromMs
    if (nextMs === undefined || next === undefined) {
      return Math.min(this.#said, Math.floor(from + Math.max(0, sinceMs) * cautiousCharactersPerMs))
    }
    return Math.floor(from + ((next - from) * sinceMs) / (nextMs - fromMs))
  }

  #mark(audioMs: number, characters: number): void {
    const last = this.#audioMs.length - 1
    const known = Math.max(this.#characters[last] ?? 0, characters)
    if (audioMs > (this.#audioMs[last] ?? 0)) {
      this.#audioMs.push(audioMs)
      this.#characters.push(known)
    } else {
      this.#characters[last] = known
    }
  }

  /** The last mark at or before this time: the first is at 0. */
  #lastMark(playedMs: number): number {
    let low = 0
    let high = this.#audioMs.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#audioMs[middle] ?? 0) <= playedMs) low = middle
      else high = middle - 1
    }
    return low
  }
}
