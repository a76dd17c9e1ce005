import type { ToolCall } from '../prompt-segment.ts'

/** Model ports promise unique call ids within one answer; a turn has several, and a result is told from another by its id alone. */
export class CallIds {
  readonly #taken = new Set<string>()

  /** The same call, under an id that no call of this turn had before. */
  unique(call: ToolCall): ToolCall {
    let { callId } = call
    for (let copy = 2; this.#taken.has(callId); copy += 1) callId = `${call.callId.slice(0, 56)}_${copy}`
    this.#taken.add(callId)
    return { ...call, callId }
  }
}
