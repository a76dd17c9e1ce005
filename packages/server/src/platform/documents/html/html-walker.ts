import { type DefaultTreeAdapterMap, defaultTreeAdapter } from 'parse5'
import type { ChunkWriter } from '../chunk-writer.ts'
import { visibleLines, visibleText } from '../visible-text.ts'
import type { PageSight } from './page-sight.ts'
import { tableLines } from './table-lines.ts'

type Parent = DefaultTreeAdapterMap['parentNode']
type Element = DefaultTreeAdapterMap['element']
type Text = DefaultTreeAdapterMap['textNode']

/** What begins and ends a paragraph of its own. */
const blocks = new Set(
  'address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption figure footer form header hgroup hr html legend li main menu nav ol optgroup option p pre search section select summary textarea ul'.split(
    ' ',
  ),
)
const headings = /^h([1-6])$/

type List = { readonly lead: string; readonly mark: () => string }

/** Goes through a page in its order and hands what a reader sees to the writer, block by block. */
export class HtmlWalker {
  readonly #writer: ChunkWriter
  readonly #sight: PageSight
  /** Of the paragraph that is being read. */
  #text: string[] = []
  #mark = ''
  #lists: List[] = []
  /** The last paragraph, which introduces a list where one follows. */
  #last = ''

  constructor(writer: ChunkWriter, sight: PageSight) {
    this.#writer = writer
    this.#sight = sight
  }

  walk(root: Parent): void {
    this.#children(root)
    this.#close()
  }

  #children(parent: Parent): void {
    for (const child of parent.childNodes) {
      // Lines of the source are blanks to a reader; inside of `pre` they are kept by `#lines`.
      if (defaultTreeAdapter.isTextNode(child)) this.#text.push(this.#seen(child, parent).replace(/[\r\n]/g, ' '))
      else if (defaultTreeAdapter.isElementNode(child) && !this.#sight.isHidden(child)) this.#element(child)
    }
  }

  #element(element: Element): void {
    const level = headings.exec(element.tagName)?.[1]
    if (level !== undefined) return this.#heading(element, Number(level))
    switch (element.tagName) {
      case 'br':
        this.#text.push('\n')
        return
      case 'wbr':
        return
      case 'table':
        return this.#table(element)
      case 'pre':
      case 'textarea':
        return this.#lines(element)
      case 'ul':
      case 'ol':
      case 'menu':
      case 'dir':
        return this.#list(element)
      case 'li':
        return this.#item(element)
    }
    if (!blocks.has(element.tagName)) return this.#children(element)
    this.#close()
    this.#children(element)
    this.#close()
  }

  #heading(element: Element, level: number): void {
    this.#close()
    this.#writer.heading(level, visibleText(this.#textOf(element)))
    this.#last = ''
  }

  #list(element: Element): void {
    this.#close()
    let number = Number(element.attrs.find(({ name }) => name === 'start')?.value ?? 1)
    const mark = element.tagName === 'ol' ? () => `${number++}. ` : () => '- '
    this.#lists.push({ lead: this.#last, mark })
    this.#children(element)
    this.#close()
    this.#lists.pop()
    this.#last = ''
  }

  #item(element: Element): void {
    this.#close()
    this.#mark = this.#lists.at(-1)?.mark() ?? '- '
    this.#children(element)
    this.#close()
    // An item of nothing, or of a list only.
    this.#mark = ''
  }

  #table(element: Element): void {
    this.#close()
    for (const line of tableLines(element, { sight: this.#sight, textOf: (part) => this.#textOf(part) }))
      this.#writer.block(line)
    this.#last = ''
  }

  #lines(element: Element): void {
    this.#close()
    const text = visibleLines(this.#textOf(element, true))
    this.#writer.block(text)
    this.#last = text
  }

  /** All visible text inside of an element, without its structure. */
  #textOf(element: Element, keepsLines = false): string {
    const parts: string[] = []
    const gather = (parent: Parent): void => {
      for (const child of parent.childNodes) {
        if (defaultTreeAdapter.isTextNode(child)) {
          const seen = this.#seen(child, parent)
          parts.push(keepsLines ? seen : seen.replace(/[\r\n]/g, ' '))
        }
        if (!defaultTreeAdapter.isElementNode(child) || this.#sight.isHidden(child)) continue
        const edge = isApart(child) ? '\n' : ''
        parts.push(edge)
        gather(child)
        parts.push(edge)
      }
    }
    gather(element)
    return parts.join('')
  }

  /** Letters that nobody sees separate what stands around them all the same. */
  #seen({ value }: Text, parent: Parent): string {
    return defaultTreeAdapter.isElementNode(parent) && this.#sight.hidesLetters(parent) ? ' ' : value
  }

  #close(): void {
    const text = visibleLines(this.#text.join(''))
    this.#text = []
    if (text === '') return
    const lead = this.#lists.at(-1)?.lead
    this.#writer.block(`${this.#mark}${text}`, lead)
    this.#mark = ''
    this.#last = text
  }
}

function isApart({ tagName }: Element): boolean {
  return blocks.has(tagName) || headings.test(tagName) || /^(?:br|table|tr|td|th)$/.test(tagName)
}
