/**
 * The lines that a session opens with (disclosure): due -> (a turn has said them) said -> (they were heard) done, or due again.
 * A line that a floor brings later is due with the next turn.
 */
export class OpeningLines {
  #lines: readonly string[]
  #said: readonly string[] = []
  readonly #heard = new Set<string>()

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  get due(): readonly string[] {
    return this.#lines.filter((line) => !this.#heard.has(line))
  }

  /** The lines of another policy from here on; one that was heard is not said again. */
  follow(lines: readonly string[]): void {
    this.#lines = lines
  }

  /** A turn begins with them now. */
  begin(): readonly string[] {
    this.#said = this.due
    return this.#said
  }

  /** The turn is over, and the person got this much of it. What was interrupted is due again. */
  heard(text: string): void {
    if (this.#said.every((line) => text.includes(line.trim()))) for (const line of this.#said) this.#heard.add(line)
    this.#said = []
  }
}
