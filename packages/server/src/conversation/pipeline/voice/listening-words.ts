import { maxMessageCharacters } from '@hyponema/contract'
import { beyondTaken } from './listening-overlap.ts'

/** Stands where words were left out because nobody speaks for so long without being answered: an utterance is one message, this note included. */
const cutNote = ' […]'

/**
 * What a person has said and nobody has taken yet: the final words, and behind them the interim ones, which may still change.
 * Interim words can be taken too. When the provider makes them final later, only what they say beyond is new: no word is lost
 * and none counts twice.
 */
export class ListeningWords {
  #finals = ''
  #interim = ''
  /** Taken as interim words; the provider has not made them final yet. */
  #borrowed = ''
  /** Whether final words may belong to what was said afterwards. */
  #isOld = false

  get isEmpty(): boolean {
    return this.#finals === '' && this.#interim === ''
  }

  get hasInterim(): boolean {
    return this.#interim !== ''
  }

  get text(): string {
    return join(this.#finals, this.#interim)
  }

  /** Replaces the interim words before. Returns those of them that are new. */
  interim(text: string): string {
    this.#interim = this.#isRepeated(text) ? beyondTaken(text, this.#borrowed).fresh : bounded(text)
    return this.#interim
  }

  /** Returns the words that are new. */
  final(text: string): string {
    this.#interim = ''
    let fresh = bounded(text)
    if (this.#isRepeated(text)) {
      const beyond = beyondTaken(fresh, this.#borrowed)
      fresh = beyond.fresh
      this.#borrowed = fresh === '' ? beyond.left : ''
    }
    this.#finals = join(this.#finals, fresh)
    return fresh
  }

  /** The provider has made everything final: interim words that it did not repeat were none. */
  finalized(): void {
    this.#interim = ''
    this.#borrowed = ''
  }

  /** New speech has begun. */
  speechStarted(): void {
    this.#isOld = this.#borrowed !== ''
  }

  /** Takes all words; `unconfirmed` are those at the end that were interim. */
  take(): { readonly text: string; readonly unconfirmed: string } {
    const taken = { text: this.text, unconfirmed: this.#interim }
    if (this.#interim !== '') {
      this.#borrowed = join(this.#borrowed, this.#interim)
      this.#isOld = false
    }
    this.#finals = ''
    this.#interim = ''
    return taken
  }

  /** Words that were taken and turn out to count. */
  putBack(text: string): void {
    this.#finals = join(text, this.#finals)
  }

  /**
   * Until new speech has begun, whatever comes begins with what was borrowed. Afterwards it has to look like it: more
   * than half of the words, because losing new ones is worse than hearing old ones twice.
   */
  #isRepeated(text: string): boolean {
    if (this.#borrowed === '') return false
    if (!this.#isOld) return true
    const { distance, words } = beyondTaken(bounded(text), this.#borrowed)
    return distance < words
  }
}

function join(first: string, second: string): string {
  if (first === '' || second === '') return bounded(first + second)
  return bounded(`${first} ${second}`)
}

function bounded(text: string): string {
  const plain = text.trim()
  if (plain.length <= maxMessageCharacters) return plain
  return plain.slice(0, maxMessageCharacters - cutNote.length).replace(/[\uD800-\uDBFF]$/u, '') + cutNote
}
