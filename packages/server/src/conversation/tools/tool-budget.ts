/**
 * How many calls of tools a session may still make (voice-runtime 1: limits of tool calls). What a rule refuses counts as well, and
 * so does a tool that does not exist: a model that asks without end comes to one. Tools of the platform cost nothing.
 */
export class ToolBudget {
  #left: number

  constructor(most: number) {
    this.#left = most
  }

  get left(): number {
    return this.#left
  }

  /** Takes so many, or none when there are not so many: half of what a model meant to do may be worse than nothing of it. */
  take(calls: number): boolean {
    if (calls > this.#left) return false
    this.#left -= calls
    return true
  }
}
