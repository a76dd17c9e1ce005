import { type DefaultTreeAdapterMap, defaultTreeAdapter } from 'parse5'
import { visibleText } from '../visible-text.ts'
import type { PageSight } from './page-sight.ts'

type Element = DefaultTreeAdapterMap['element']
type Cell = {
  readonly text: string
  readonly isHead: boolean
  readonly isBold: boolean
  readonly span: number
  readonly rows: number
}

/** A longer one is text, and would be said again in every row. */
const maxHeadCharacters = 80
const maxSpan = 50
/** Two columns without marked heads are mostly names and what belongs to them. */
const leastColumns = 3
const leastRows = 3

/**
 * A table line by line: its heads once, then each row with the heads of its cells ("Day: Monday; Opens: 8 am"), so that a row says
 * what it means wherever the table is cut. Without heads the cells stand beside each other.
 */
export function* tableLines(
  table: Element,
  options: { readonly sight: PageSight; readonly textOf: (element: Element) => string },
): Generator<string> {
  const rows = [...rowsOf(table, options.sight)].map((row) => cellsOf(row, options))
  const caption = parts(table, options.sight).find(({ tagName }) => tagName === 'caption')
  if (caption !== undefined) yield visibleText(options.textOf(caption))
  let heads: readonly string[] = []
  const carried: Carried = new Map()
  for (const [index, cells] of rows.entries()) {
    if (isHeadRow(cells, { isFirst: index === 0, rows: rows.length })) {
      heads = cells.flatMap(({ text, span }) => Array.from({ length: span }, () => text))
      yield cells.flatMap(({ text }) => (text === '' ? [] : [text])).join(' | ')
    } else yield rowLine(withCarried(cells, carried), heads)
  }
}

/** Cells that reach down into the rows below, by their column. */
type Carried = Map<number, { readonly cell: Cell; left: number }>

function withCarried(cells: readonly Cell[], carried: Carried): readonly Cell[] {
  const whole: Cell[] = []
  let column = 0
  const place = (cell: Cell): void => {
    whole.push(cell)
    column += cell.span
  }
  const placeCarried = (): void => {
    for (let above = carried.get(column); above !== undefined; above = carried.get(column)) {
      above.left -= 1
      if (above.left === 0) carried.delete(column)
      place(above.cell)
    }
  }
  for (const cell of cells) {
    placeCarried()
    if (cell.rows > 1) carried.set(column, { cell, left: cell.rows - 1 })
    place(cell)
  }
  placeCarried()
  return whole
}

function rowLine(cells: readonly Cell[], heads: readonly string[]): string {
  let column = 0
  const said: string[] = []
  for (const { text, span } of cells) {
    const head = heads[column] ?? ''
    column += span
    if (text !== '') said.push(head === '' || head.length > maxHeadCharacters ? text : `${head}: ${text}`)
  }
  return said.join(heads.length === 0 ? ' | ' : '; ')
}

function isHeadRow(cells: readonly Cell[], { isFirst, rows }: { isFirst: boolean; rows: number }): boolean {
  const filled = cells.filter(({ text }) => text !== '')
  if (filled.length === 0) return false
  if (filled.every(({ isHead }) => isHead)) return cells.length > 1
  if (!isFirst || rows < 2 || cells.length < 2 || filled.length < cells.length) return false
  if (cells.every(({ isBold }) => isBold)) return true
  const areShort = cells.every(({ text, isHead }) => !isHead && text.length <= maxHeadCharacters && !/\d/.test(text))
  return areShort && rows >= leastRows && cells.length >= leastColumns
}

function cellsOf(
  row: Element,
  { sight, textOf }: { readonly sight: PageSight; readonly textOf: (element: Element) => string },
): readonly Cell[] {
  const cells = parts(row, sight).filter(({ tagName }) => tagName === 'td' || tagName === 'th')
  return cells.map((cell) => {
    return {
      text: visibleText(textOf(cell)),
      isHead: cell.tagName === 'th',
      isBold: isBold(cell),
      span: spanOf(cell, 'colspan'),
      rows: spanOf(cell, 'rowspan'),
    }
  })
}

function spanOf(cell: Element, name: string): number {
  const given = Number(cell.attrs.find((attribute) => attribute.name === name)?.value ?? 1)
  return Number.isInteger(given) && given > 0 ? Math.min(given, maxSpan) : 1
}

/** Whether all text of a cell stands in one bold part. */
function isBold(cell: Element): boolean {
  const children = cell.childNodes.filter((child) => !defaultTreeAdapter.isTextNode(child) || child.value.trim() !== '')
  const [only] = children
  if (children.length !== 1 || only === undefined || !defaultTreeAdapter.isElementNode(only)) return false
  return only.tagName === 'strong' || only.tagName === 'b' || (only.tagName === 'p' && isBold(only))
}

/** Not those of a table inside of a cell, which is part of the cell's text. */
function* rowsOf(table: Element, sight: PageSight): Generator<Element> {
  for (const part of parts(table, sight)) {
    if (part.tagName === 'tr') yield part
    if (/^t(?:head|body|foot)$/.test(part.tagName)) yield* parts(part, sight).filter(({ tagName }) => tagName === 'tr')
  }
}

function parts(element: Element, sight: PageSight): readonly Element[] {
  return element.childNodes
    .filter((child) => defaultTreeAdapter.isElementNode(child))
    .filter((child) => !sight.isHidden(child))
}
