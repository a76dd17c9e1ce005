import { areAlike, cssColour } from '../html/css-colour.ts'
import type { Box } from './box.ts'
import type { Point } from './matrix.ts'

/** An area and the colour that it was filled with; undefined for what cannot be told: a picture, a pattern, another shape. */
type Area = { readonly box: Box; readonly colour: string | undefined }

/** Looked through for each letter. What was painted before the last ones cannot be told any more. */
const maxAreas = 500
const paper = '#ffffff'

/** What was painted on a page so far, as far as it says what stands behind a letter. */
export class PaintedAreas {
  readonly #areas: Area[] = []
  #wasShortened = false

  add(area: Area): void {
    this.#areas.push(area)
    if (this.#areas.length <= maxAreas) return
    this.#areas.shift()
    this.#wasShortened = true
  }

  /** Whether letters of this colour are not told from what stands behind them. */
  hides(colour: string | undefined, at: Point): boolean {
    const area = this.#areas.findLast(({ box }) => isInside(box, at))
    const ground = area === undefined ? (this.#wasShortened ? undefined : paper) : area.colour
    if (colour === undefined || ground === undefined) return false
    const [letter, behind] = [cssColour(colour), cssColour(ground)]
    return letter !== undefined && behind !== undefined && areAlike(letter, behind)
  }
}

export function isInside([left, bottom, right, top]: Box, [x, y]: Point): boolean {
  return x >= left && x <= right && y >= bottom && y <= top
}
