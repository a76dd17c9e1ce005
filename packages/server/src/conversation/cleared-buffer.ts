/**
 * Threat: words that passed the gate are put together anew on the way to speech, so that a sentence is spoken that it never saw.
 * Rule: `Cleared` pieces go in as the gate released them and come out in that order: cut elsewhere, but nothing left out,
 * nothing twice, nothing turned round. This is the second and last maker of `Cleared`, and makes it of nothing else.
 * On failure: a length that is no part of what waits is a RangeError; nothing is taken.
 */
import type { Cleared } from '../kernel/cleared.ts'

/** Cleared words that wait to be cut where a voice should breathe. */
export class ClearedBuffer {
  #text = ''

  /** What waits, to look for a place to cut. */
  get text(): string {
    return this.#text
  }

  push(piece: Cleared): void {
    this.#text += piece
  }

  /** The first `length` UTF-16 units of what waits, which wait no longer. */
  take(length: number): Cleared {
    if (!Number.isInteger(length) || length < 0 || length > this.#text.length) {
      throw new RangeError(`expected a length up to ${this.#text.length}, found ${length}`)
    }
    const taken = this.#text.slice(0, length)
    this.#text = this.#text.slice(length)
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the beginning of pieces that are Cleared, in their order
    return taken as Cleared
  }
}
