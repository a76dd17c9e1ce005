import { aimedCharacters, cutText, maxChunkCharacters } from './cut-text.ts'
import type { DocumentLimits } from './document-limits.ts'
import { DocumentRefused } from './document-refused.ts'
import type { DocumentChunk } from './parsed-document.ts'

/** Longer ones are no headings; they stand in the text as well. */
export const maxHeadingCharacters = 200
/** HTML and Word have six levels or nine; deeper paths are those of JSON, whose outer names then share one place. */
export const maxHeadings = 8
const maxLeadCharacters = 200
/** A page that ends with less, or inside a sentence, goes on with the next one. */
const leastPageCharacters = 200

type Heading = { readonly level: number; readonly text: string; wasGiven: boolean }

/**
 * Makes chunks of a document that comes block by block: paragraphs, list items and table rows are put together up to the size that
 * is aimed at and never across a heading. Takes visible text only (`visibleText`). Every word that it takes is in the chunks or
 * their heading paths, in order; a heading with nothing below is a chunk itself.
 */
export class ChunkWriter {
  readonly #emit: (chunk: DocumentChunk) => void
  readonly #limits: Pick<DocumentLimits, 'characters' | 'chunks'>
  readonly #headings: Heading[] = []
  #pending = ''
  #pendingPage: number | null = null
  #page: number | null = null
  #characters = 0
  #chunks = 0

  constructor(options: {
    readonly emit: (chunk: DocumentChunk) => void
    readonly limits: Pick<DocumentLimits, 'characters' | 'chunks'>
  }) {
    this.#emit = options.emit
    this.#limits = options.limits
  }

  /** Whether nothing at all was taken. */
  get isEmpty(): boolean {
    return this.#characters === 0
  }

  page(number: number): void {
    this.#page = number
    if (this.#pending.length >= leastPageCharacters && /[.!?…:。！？]["'”’»)\]]*$/u.test(this.#pending)) this.#flush()
  }

  heading(level: number, text: string): void {
    if (text === '') return
    this.#count(text)
    this.#flush()
    this.#closeHeadings(level)
    const isWhole = text.length <= maxHeadingCharacters
    this.#headings.push({ level, text: isWhole ? text : shortened(text), wasGiven: false })
    if (!isWhole) this.#add(text)
  }

  /** What comes next does not stand below the headings of this level and deeper ones any more. */
  leave(level: number): void {
    const last = this.#headings.at(-1)
    if (last === undefined || last.level < level) return
    this.#flush()
    this.#closeHeadings(level)
  }

  /** @param lead the line that introduces a list or the head of a table: said again where a chunk would begin without it */
  block(text: string, lead?: string): void {
    if (text === '') return
    this.#count(text)
    if (this.#pending === '' && lead !== undefined && lead !== '') this.#add(leadOf(lead))
    this.#add(text)
  }

  /** After it the writer takes nothing more. */
  end(): void {
    this.#flush()
    this.#closeHeadings(0)
  }

  #add(text: string): void {
    if (this.#pending === '') this.#pendingPage = this.#page
    let rest = this.#pending === '' ? text : `${this.#pending}\n${text}`
    while (rest.length > maxChunkCharacters) {
      const cut = cutText(rest)
      this.#give(rest.slice(0, cut))
      this.#pendingPage = this.#page
      rest = rest.slice(cut).trimStart()
    }
    this.#pending = rest
    if (rest.length >= aimedCharacters) this.#flush()
  }

  #flush(): void {
    const text = this.#pending
    this.#pending = ''
    this.#give(text)
  }

  #give(raw: string): void {
    const text = raw.trim()
    if (text === '') return
    this.#chunks += 1
    if (this.#chunks > this.#limits.chunks) throw new DocumentRefused('too_many_chunks')
    for (const heading of this.#headings) heading.wasGiven = true
    this.#emit({ headingPath: pathOf(this.#headings), page: this.#pendingPage, text })
  }

  #closeHeadings(level: number): void {
    for (let last = this.#headings.at(-1); last !== undefined && last.level >= level; last = this.#headings.at(-1)) {
      this.#headings.pop()
      if (last.wasGiven) continue
      this.#pendingPage = this.#page
      this.#give(last.text)
    }
  }

  #count(text: string): void {
    this.#characters += text.length
    if (this.#characters > this.#limits.characters) throw new DocumentRefused('too_much_text')
  }
}

function pathOf(headings: readonly Heading[]): readonly string[] {
  const path = headings.map(({ text }) => text)
  if (path.length <= maxHeadings) return path
  const outer = path.slice(0, path.length - maxHeadings + 1).join(' › ')
  return [shortened(outer), ...path.slice(path.length - maxHeadings + 1)]
}

function shortened(text: string): string {
  if (text.length <= maxHeadingCharacters) return text
  const start = text.slice(0, maxHeadingCharacters)
  const blank = start.lastIndexOf(' ')
  return (blank > 0 ? start.slice(0, blank) : start).replace(/[\uD800-\uDBFF]$/, '')
}

/** The last sentence of what stands before a list. */
function leadOf(text: string): string {
  const end = text.slice(-maxLeadCharacters)
  if (end.length === text.length && !/[.!?]\s/.test(end)) return end
  const sentence = [...end.matchAll(/[.!?]\s+(?=\S)/g)].at(-1)
  const start = sentence === undefined ? end.indexOf(' ') + 1 : sentence.index + sentence[0].length
  return end.slice(start).replace(/^[\uDC00-\uDFFF]/, '')
}
