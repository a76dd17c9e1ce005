/** What the reader of Markdown takes at a time: it needs a thousand times as much memory, and gives it back in between. */
const partCharacters = 64 * 1024
/** Of the definitions of links, which every part gets, so that a link is told from brackets. */
const maxDefinitionCharacters = 32 * 1024

const containers = /^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*/
const fence = /^(`{3,}(?=[^`]*$)|~{3,})/
const definition = /^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S[^\n]*$/
const heading = /^#{1,6}[ \t]/
const item = /^(?:[-+*]|\d{1,9}[.)])[ \t]+\S/

/** HTML that goes on over empty lines, by how it begins and ends (CommonMark 4.6, kinds 1 to 5). */
const raw: readonly (readonly [start: RegExp, end: RegExp])[] = [
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [/^<![a-z]/i, />/],
  [/^<(?:script|pre|style|textarea)(?=[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
]

/**
 * A long text in parts that can be read by themselves: they begin at headings, at list items, or behind an empty line at the margin,
 * never inside of a block of code or of HTML. Their HTML belongs together again: what is open in it stays open.
 */
export function markdownParts(text: string): readonly string[] {
  if (text.length <= 2 * partCharacters) return [text]
  const parts: string[] = []
  const definitions: string[] = []
  let definitionCharacters = 0
  const block = new OpenBlock()
  let start = 0
  let wasEmpty = true
  for (let at = 0; at < text.length; ) {
    const end = endOfLine(text, at)
    const line = text.slice(at, end)
    const begins = heading.test(line) || item.test(line) || (wasEmpty && /^[^\s>|]/.test(line))
    if (begins && !block.isOpen && at - start >= partCharacters) {
      parts.push(text.slice(start, at))
      start = at
    }
    if (!block.isOpen && definition.test(line) && definitionCharacters < maxDefinitionCharacters) {
      definitions.push(line)
      definitionCharacters += line.length
    }
    block.take(line)
    wasEmpty = line.trim() === ''
    at = end + 1
  }
  parts.push(text.slice(start))
  return parts.map((part) => `${part}\n\n${definitions.join('\n')}`)
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

/** Whether a block is open in which a line that looks like a heading is none. */
class OpenBlock {
  #fence: string | undefined
  #end: RegExp | undefined

  get isOpen(): boolean {
    return this.#fence !== undefined || this.#end !== undefined
  }

  take(line: string): void {
    const content = line.replace(containers, '')
    if (this.#fence !== undefined) {
      if (content.startsWith(this.#fence) && /^(`+|~+)\s*$/.test(content)) this.#fence = undefined
      return
    }
    if (this.#end !== undefined) {
      if (this.#end.test(line)) this.#end = undefined
      return
    }
    this.#fence = fence.exec(content)?.[1]
    const end = raw.find(([start]) => start.test(content))?.[1]
    if (this.#fence === undefined && end !== undefined && !end.test(content)) this.#end = end
  }
}
