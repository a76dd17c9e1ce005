/**
 * The lines that a session opens with (disclosure): due -> (a turn has said them) said -> (they were heard) done, or due again.
 */
export class OpeningLines {
  #due: readonly string[]
  #said: readonly string[] = []

  constructor(lines: readonly string[]) {
    this.#due = lines
  }

  get due(): readonly string[] {
    return this.#due
  }

  /** A turn begins with them now. */
  begin(): readonly string[] {
    this.#said = this.#due
    return this.#due
  }

  /** The turn is over, and the person got this much of it. What was interrupted is due again. */
  heard(text: string): void {
    if (this.#said.length > 0 && this.#said.every((line) => text.includes(line.trim()))) this.#due = []
    this.#said = []
  }
}
