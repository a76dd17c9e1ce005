/** The language that a session is held in, as the agent or its caller said, until the person turns out to speak another one. */
export class SessionLanguage {
  #current: string | undefined

  constructor(first: string | undefined) {
    this.#current = first
  }

  get current(): string | undefined {
    return this.#current
  }

  change(language: string): void {
    this.#current = language
  }
}
