/**
 * Follows the provider's alignment through the text that it was given, and tells how many characters of the units are spoken.
 * The alignment may lack characters or have others (blanks, quotation marks); the position never falls and never leaves the text.
 */
export class SpokenCharacters {
  #text = ''
  #position = 0

  get total(): number {
    return this.#text.length
  }

  get spoken(): number {
    return this.#position
  }

  /** What the alignment has not reached. */
  get rest(): string {
    return this.#text.slice(this.#position)
  }

  add(unit: string): void {
    this.#text += unit
  }

  take(characters: readonly string[]): void {
    for (const character of characters) {
      if (character.trim() === '') continue
      const found = this.#text.slice(this.#position, this.#position + lookAhead).indexOf(character)
      if (found >= 0) this.#passBlanks(this.#position + found + character.length)
    }
  }

  finish(): void {
    this.#position = this.#text.length
  }

  /** The blank behind a word is spoken with it. */
  #passBlanks(position: number): void {
    const next = this.#text.slice(position).search(/\S/)
    this.#position = next < 0 ? this.#text.length : position + next
  }
}

/** Blanks and marks that the provider leaves out come few in a row; further ahead the same letter is another one. */
const lookAhead = 12
