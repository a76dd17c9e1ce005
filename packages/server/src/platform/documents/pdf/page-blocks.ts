import { visibleText } from '../visible-text.ts'
import type { Line } from './page-lines.ts'

export type PageBlock =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph' | 'item'; readonly text: string }

/** Of the size of the letters: a wider step down begins a new paragraph. */
const paragraphStep = 1.75
/** Letters of a heading against those of the text. */
const headingSizes = [
  [1.7, 1],
  [1.35, 2],
  [1.12, 3],
] as const
const boldLevel = 4
const maxHeadingCharacters = 150
const maxHeadingLines = 3
/** Of the widest line: a line that ends before it and with a full stop ends its paragraph. */
const fullWidth = 0.8
const startsItem = /^\s*(?:[-*•‣◦▪●·–\uE000-\uF8FF]|\d{1,3}[.)]|[a-z]\))\s/u

/** Paragraphs, list items and headings of a page, told by gaps, sizes and bold letters. */
export function pageBlocks(lines: readonly Line[], bodySize: number): readonly PageBlock[] {
  const right = lines.reduce((most, line) => Math.max(most, line.right), 0)
  const groups: Line[][] = []
  for (const line of lines) {
    const group = groups.at(-1)
    const last = group?.at(-1)
    if (group === undefined || last === undefined || isApart({ last, line, right })) groups.push([line])
    else group.push(line)
  }
  return groups.flatMap((group) => blockOf(group, bodySize))
}

function isApart({ last, line, right }: { last: Line; line: Line; right: number }): boolean {
  const size = Math.max(last.size, line.size)
  const step = last.y - line.y
  if (Math.abs(last.size - line.size) > 0.1 * size || last.isBold !== line.isBold) return true
  if (startsItem.test(line.text) || step < 0 || step > paragraphStep * size) return true
  return last.right < fullWidth * right && /[.!?:]\s*$/.test(last.text)
}

function blockOf(lines: readonly Line[], bodySize: number): readonly PageBlock[] {
  const [first] = lines
  const text = joined(lines)
  if (first === undefined || text === '') return []
  const isShort = text.length <= maxHeadingCharacters && lines.length <= maxHeadingLines
  const level = headingSizes.find(([ratio]) => first.size >= ratio * bodySize)?.[1]
  if (isShort && level !== undefined && /\p{L}/u.test(text)) return [{ kind: 'heading', level, text }]
  const isBoldLine = first.isBold && lines.length === 1 && !/[.,;:]$/.test(text) && /\p{L}/u.test(text)
  if (isShort && isBoldLine) return [{ kind: 'heading', level: boldLevel, text }]
  return [{ kind: startsItem.test(first.text) ? 'item' : 'paragraph', text }]
}

/** A word that is broken at the end of a line keeps its hyphen: whether it is part of the word, the page does not say. */
function joined(lines: readonly Line[]): string {
  let text = ''
  for (const line of lines) {
    const next = visibleText(line.text)
    const isBroken = /\p{L}-$/u.test(text) && /^\p{Ll}/u.test(next)
    text += text === '' || isBroken ? next : ` ${next}`
  }
  return text
}
