import type { ChunkWriter } from './chunk-writer.ts'
import { visibleText } from './visible-text.ts'

const startsItem = /^\s*(?:[-*•–]|\d{1,3}[.)])\s/u

/** Plain text: paragraphs between empty lines; lines that begin like items of a list stand for themselves. */
export function readText(text: string, writer: ChunkWriter): void {
  let lines: string[] = []
  let isItem = false
  let lead: string | undefined
  const close = (): void => {
    if (lines.length === 0) return
    const paragraph = visibleText(lines.join('\n'))
    writer.block(paragraph, isItem ? lead : undefined)
    if (!isItem) lead = paragraph
    lines = []
    isItem = false
  }
  for (const line of linesOf(text)) {
    const isEmpty = line.trim() === ''
    const begins = startsItem.test(line)
    if (isEmpty || begins) close()
    if (begins) isItem = true
    if (!isEmpty) lines.push(line)
  }
  close()
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    yield text.slice(start, end === -1 ? text.length : end)
    start = end === -1 ? text.length : end + 1
  }
}
