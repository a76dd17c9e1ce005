/**
 * The lines that a session opens with (disclosure): due -> (a turn has said them) said -> (they were heard) done, or due again.
 * A line that a floor brings later is due with the next turn.
 */
export class OpeningLines {
  #lines: readonly string[]
  /** Of this turn: each line, and the words that were said of it. */
  #said = new Map<string, string>()
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
    const { due } = this
    this.#said = new Map(due.map((line) => [line, '']))
    return due
  }

  /** What the rules let be said of it, or in its place. */
  saidAs(line: string, words: string): void {
    this.#said.set(line, words.trim())
  }

  /** The turn is over, and the person got this much of it. What was interrupted is due again. */
  heard(text: string): void {
    const said = [...this.#said]
    if (said.every(([, words]) => words !== '' && text.includes(words)))
      for (const [line] of said) this.#heard.add(line)
    this.#said.clear()
  }
}
