/**
 * Threat: a PDF holds words that nobody who opens it sees: letters in a mode that paints nothing, of no size, in full transparency,
 * in the colour of what is behind them, beside the page, cut away, under an area, or on a layer that is switched off.
 * Rule: the page is gone through as a viewer paints it, and a letter counts only where it leaves a mark on the page.
 * On failure: an operation that cannot be understood changes nothing; the letters that follow are judged all the same. Letters on or
 * under pictures and shapes that are no rectangles are not told from others.
 */
import type { Box } from './box.ts'
import { intersection, turnedBox } from './box.ts'
import { type GraphicsState, initialState } from './graphics-state.ts'
import { apply, identity, type Matrix, multiply, type Point } from './matrix.ts'
import {
  type Glyph,
  isRectangle,
  readColour,
  readGlyphs,
  readList,
  readMatrix,
  readNumbers,
} from './operation-arguments.ts'
import { isInside, PaintedAreas } from './painted-areas.ts'

/** Letters that stand behind each other, as they were painted by one operation. */
export type TextRun = {
  readonly text: string
  readonly start: Point
  readonly end: Point
  /** In points on the page. */
  readonly size: number
  readonly font: string
}

/** An operation of pdf.js by its name, with what it was given. */
export type Operation = { readonly name: string; readonly given: readonly unknown[] }

export type PageTextOptions = {
  readonly operations: Iterable<Operation>
  readonly page: Box
  readonly isLayerVisible: (layer: unknown) => boolean
  /** Of a font, how much of its size a unit of its widths is. */
  readonly unitOf: (font: string) => number
  readonly nameOf: (operation: unknown) => string
}

/** Smaller letters are read by nobody. */
const leastSize = 2
const leastAlpha = 0.05
/** A gap wider than this part of the size is a blank, where the file itself has none. */
const blankWidth = 0.18
/** Operations that fill a path, of those that a path is constructed for. */
const fills = new Set(['fill', 'eoFill', 'fillStroke', 'eoFillStroke', 'closeFillStroke', 'closeEOFillStroke'])

export function pageText(options: PageTextOptions): readonly TextRun[] {
  const reader = new PageReader(options)
  for (const operation of options.operations) reader.take(operation)
  return reader.runs
}

class PageReader {
  runs: TextRun[] = []
  readonly #areas = new PaintedAreas()
  readonly #options: PageTextOptions
  readonly #saved: GraphicsState[] = []
  /** Open marks, each with whether it hides what it holds. */
  readonly #marks: boolean[] = []
  #state: GraphicsState
  #text: Matrix = identity
  #line: Matrix = identity
  #clipsNext = false
  /** What came before: a picture is left out by the library, and only the place for it is told. */
  #last = ''

  constructor(options: PageTextOptions) {
    this.#options = options
    this.#state = initialState(options.page)
  }

  take(operation: Operation): void {
    this.#take(operation)
    this.#last = operation.name
  }

  #take({ name, given }: Operation): void {
    const state = this.#state
    switch (name) {
      case 'save':
      case 'beginGroup':
        return this.#save()
      case 'restore':
        if (this.#last === 'transform') this.#paint([0, 0, 1, 1], undefined)
        return this.#restore()
      case 'endGroup':
      case 'paintFormXObjectEnd':
        return this.#restore()
      case 'transform':
        return this.#transform(readMatrix(given))
      case 'paintFormXObjectBegin':
        this.#save()
        return this.#transform(readMatrix(given[0]))
      case 'clip':
      case 'eoClip':
        this.#clipsNext = true
        return
      case 'constructPath':
        return this.#path(given)
      case 'paintImageXObject':
      case 'paintInlineImageXObject':
      case 'paintImageXObjectRepeat':
      case 'paintImageMaskXObject':
      case 'paintSolidColorImageMask':
        return this.#paint([0, 0, 1, 1], undefined)
      case 'shadingFill':
        this.#areas.add({ box: state.clip, colour: undefined })
        return
      case 'setFillRGBColor':
        state.fillColour = readColour(given[0])
        return
      case 'setFillColorN':
      case 'setFillTransparent':
        state.fillColour = undefined
        return
      case 'setStrokeRGBColor':
        state.strokeColour = readColour(given[0])
        return
      case 'setStrokeColorN':
      case 'setStrokeTransparent':
        state.strokeColour = undefined
        return
      case 'beginMarkedContent':
        this.#marks.push(false)
        return
      case 'beginMarkedContentProps':
        this.#marks.push(given[0] === 'OC' && !this.#options.isLayerVisible(given[1]))
        return
      case 'endMarkedContent':
        this.#marks.pop()
        return
      case 'setGState':
        return this.#setState(given[0])
      default:
        return this.#takeText({ name, given })
    }
  }

  #takeText({ name, given }: Operation): void {
    const [first = 0, second = 0] = readNumbers(given)
    const state = this.#state
    switch (name) {
      case 'beginText':
        return this.#moveTo(identity)
      case 'setTextMatrix':
        return this.#moveTo(readMatrix(given[0]) ?? identity)
      case 'moveText':
        return this.#moveLine(first, second)
      case 'setLeadingMoveText':
        state.leading = -second
        return this.#moveLine(first, second)
      case 'nextLine':
        return this.#moveLine(0, -state.leading)
      case 'setFont':
        state.font = typeof given[0] === 'string' ? given[0] : ''
        state.fontSize = second
        return
      case 'setLeading':
        state.leading = first
        return
      case 'setCharSpacing':
        state.characterSpacing = first
        return
      case 'setWordSpacing':
        state.wordSpacing = first
        return
      case 'setHScale':
        state.stretch = first / 100
        return
      case 'setTextRise':
        state.rise = first
        return
      case 'setTextRenderingMode':
        state.renderMode = first
        return
      case 'showText':
        return this.#show(readGlyphs(given[0]))
    }
  }

  #save(): void {
    this.#saved.push({ ...this.#state })
  }

  #restore(): void {
    const saved = this.#saved.pop()
    if (saved !== undefined) this.#state = saved
  }

  #transform(matrix: Matrix | undefined): void {
    if (matrix !== undefined) this.#state.matrix = multiply(this.#state.matrix, matrix)
  }

  #path([operation, path, box]: readonly unknown[]): void {
    const [left, bottom, right, top] = readNumbers(box)
    const clips = this.#clipsNext
    this.#clipsNext = false
    if (left === undefined || bottom === undefined || right === undefined || top === undefined) return
    if (fills.has(this.#options.nameOf(operation)))
      this.#paint([left, bottom, right, top], isRectangle(path) ? this.#state.fillColour : undefined)
    if (clips)
      this.#state.clip = intersection(this.#state.clip, turnedBox(this.#state.matrix, [left, bottom, right, top]))
  }

  #paint(area: Box, colour: string | undefined): void {
    const { matrix, clip, fillAlpha, mixes, masks } = this.#state
    if (fillAlpha <= leastAlpha || this.#marks.includes(true)) return
    const isUpright = (matrix[1] === 0 && matrix[2] === 0) || (matrix[0] === 0 && matrix[3] === 0)
    const box = intersection(clip, turnedBox(matrix, area))
    const isSolid = colour !== undefined && isUpright && fillAlpha === 1 && !mixes && !masks
    const isWide = this.#areas.add({ box, colour: isSolid ? colour : undefined })
    if (isSolid && isWide)
      this.runs = this.runs.filter(({ start, end }) => !isInside(box, start) || !isInside(box, end))
  }

  #setState(entries: unknown): void {
    for (const entry of readList(entries)) {
      const [key, value] = readList(entry)
      if (key === 'ca' && typeof value === 'number') this.#state.fillAlpha = value
      if (key === 'CA' && typeof value === 'number') this.#state.strokeAlpha = value
      if (key === 'BM') this.#state.mixes = value !== 'source-over' && value !== 'normal'
      if (key === 'SMask') this.#state.masks = value !== false && value !== null
      if (key !== 'Font') continue
      const [font, size] = readList(value)
      if (typeof font === 'string') this.#state.font = font
      if (typeof size === 'number') this.#state.fontSize = size
    }
  }

  #moveTo(matrix: Matrix): void {
    this.#text = matrix
    this.#line = matrix
  }

  #moveLine(x: number, y: number): void {
    this.#moveTo(multiply(this.#line, [1, 0, 0, 1, x, y]))
  }

  #show(glyphs: readonly (Glyph | number)[]): void {
    const { fontSize, stretch, rise, characterSpacing, wordSpacing } = this.#state
    const unit = this.#options.unitOf(this.#state.font)
    const toPage = multiply(this.#state.matrix, multiply(this.#text, [1, 0, 0, 1, 0, rise]))
    const size = Math.abs(fontSize) * Math.hypot(toPage[2], toPage[3])
    const seen = new SeenLetters({ size, font: this.#state.font, isSeen: (at) => this.#isSeen(at, size) })
    let x = 0
    for (const glyph of glyphs) {
      if (typeof glyph === 'number') {
        x -= (glyph / 1_000) * fontSize * stretch
        continue
      }
      const width = glyph.width * unit * fontSize
      const start = apply(toPage, [x, 0])
      x += (width + characterSpacing + (glyph.isSpace ? wordSpacing : 0)) * stretch
      seen.add(glyph.text, { start, end: apply(toPage, [x - characterSpacing * stretch, 0]) })
    }
    this.#text = multiply(this.#text, [1, 0, 0, 1, x, 0])
    const run = seen.run()
    if (run !== undefined) this.runs.push(run)
  }

  #isSeen([x, y]: Point, size: number): boolean {
    const { renderMode, fillAlpha, strokeAlpha, fillColour, strokeColour, clip } = this.#state
    if (renderMode === 3 || renderMode === 7 || size < leastSize || this.#marks.includes(true)) return false
    const isFilled = renderMode % 4 !== 1
    const isStroked = renderMode % 4 === 1 || renderMode % 4 === 2
    const leavesMark = (alpha: number, colour: string | undefined): boolean =>
      alpha > leastAlpha && !this.#areas.hides(colour, [x, y])
    const isPainted =
      (isFilled && leavesMark(fillAlpha, fillColour)) || (isStroked && leavesMark(strokeAlpha, strokeColour))
    if (!isPainted) return false
    const [left, bottom, right, top] = clip
    return x >= left - size && x <= right && y >= bottom - size && y <= top
  }
}

/** Puts the letters of one operation together, with blanks where the gaps are as wide as one. */
class SeenLetters {
  readonly #options: { readonly size: number; readonly font: string; readonly isSeen: (at: Point) => boolean }
  readonly #text: string[] = []
  #start: Point | undefined
  #end: Point | undefined

  constructor(options: { readonly size: number; readonly font: string; readonly isSeen: (at: Point) => boolean }) {
    this.#options = options
  }

  add(text: string, { start, end }: { readonly start: Point; readonly end: Point }): void {
    if (!this.#options.isSeen(start)) return
    if (this.#end !== undefined) {
      const gap = Math.hypot(start[0] - this.#end[0], start[1] - this.#end[1])
      if (gap > blankWidth * this.#options.size) this.#text.push(' ')
    }
    this.#start ??= start
    this.#end = end
    this.#text.push(text)
  }

  run(): TextRun | undefined {
    const { size, font } = this.#options
    if (this.#start === undefined || this.#end === undefined) return undefined
    return { text: this.#text.join(''), start: this.#start, end: this.#end, size, font }
  }
}
