import type { Cleared } from '../../kernel/cleared.ts'

/**
 * The words of one turn on their way to a person: said (cleared and handed on) -> heard (they got there). Whoever delivers
 * them tells how far they got: a text client by taking them, a player by its position.
 */
export class HeardText {
  #said = ''
  #heardLength = 0

  get said(): string {
    return this.#said
  }

  get heard(): string {
    return this.#said.slice(0, this.#heardLength)
  }

  say(text: Cleared): void {
    this.#said += text
  }

  /** So many characters from the beginning were heard; a better report replaces an earlier one. */
  reached(length: number): void {
    this.#heardLength = Math.max(0, Math.min(length, this.#said.length))
  }

  /** No more comes, and nobody knows whether the last word is whole: it does not count, whoever has got it. */
  breakOff(): void {
    const last = words.segment(this.#said).containing(this.#said.length - 1)
    if (last?.isWordLike === true) this.#said = this.#said.slice(0, last.index)
    this.reached(this.#heardLength)
  }

  /** What was not heard by now never will be. A word of which only the beginning was heard does not count. */
  cut(): void {
    const last = words.segment(this.#said).containing(this.#heardLength - 1)
    if (last !== undefined && last.index + last.segment.length > this.#heardLength) this.#heardLength = last.index
    this.#said = this.heard
  }
}

/** Knows the words of languages that write no spaces, too, and keeps characters whole that are made of several. */
const words = new Intl.Segmenter('und', { granularity: 'word' })
