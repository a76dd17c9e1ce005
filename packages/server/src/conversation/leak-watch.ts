/**
 * Threat: the model reads its instructions out, or hands them to a tool.
 * Rule: the session's canary stands in the system text alone. A text in which its letters follow each other, with whatever signs
 * and blanks between them, is a leak. A stream holds back only what could be the beginning of the word, and for as long.
 * On failure: nothing more of the stream is handed on until the user takes a turn. It finds a prompt that is read out, not one
 * that is told in other words.
 */
export class LeakWatch {
  readonly #canary: string
  #held = ''
  #matched = 0
  #leaked = false

  constructor(canary: string) {
    this.#canary = canary
  }

  /** What may go on of the stream, and whether the word was completed in it. After that nothing goes on. */
  push(text: string): { readonly text: string; readonly leaked: boolean } {
    if (this.#leaked) return { text: '', leaked: false }
    if (this.#matched === 0 && this.#cannotBegin(text)) return { text, leaked: false }
    let free = ''
    for (const character of text) {
      const letter = letterOf(character)
      if (letter !== '' && letter === this.#canary[this.#matched]) this.#matched += 1
      else if (letter !== '') {
        free += this.#held
        this.#held = ''
        this.#matched = letter === this.#canary[0] ? 1 : 0
      }
      if (this.#matched === 0) free += character
      else this.#held += character
      if (this.#matched === this.#canary.length) {
        this.#leaked = true
        this.#held = ''
        return { text: free, leaked: true }
      }
    }
    return { text: free, leaked: false }
  }

  /** Nearly every piece of a reply: nothing to look for, letter by letter. */
  #cannotBegin(text: string): boolean {
    return ascii.test(text) && !text.toLowerCase().includes(this.#canary.charAt(0))
  }

  /** The utterance is over: what was held leaves. The next one of the same turn may go on with the word. */
  end(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  /** A new turn: what leaked is known, and what comes now is judged anew. */
  reset(): void {
    this.#held = ''
    this.#matched = 0
    this.#leaked = false
  }

  /** A text that is all there. Escapes of JSON are read. */
  isIn(text: string): boolean {
    const watch = new LeakWatch(this.#canary)
    return [text, unescaped(text)].some((form) => {
      watch.reset()
      return watch.push(form).leaked
    })
  }
}

const ascii = /^[\t\n\r\x20-\x7e]*$/
const latin = /^[a-z0-9]$/

/** A letter or digit as it is compared; empty for all that may stand between two of them. */
function letterOf(character: string): string {
  const [first = ''] = character.normalize('NFKC').toLowerCase()
  return latin.test(first) ? first : /^[\p{L}\p{N}]/u.test(first) ? '\u0000' : ''
}

function unescaped(text: string): string {
  return text.replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
