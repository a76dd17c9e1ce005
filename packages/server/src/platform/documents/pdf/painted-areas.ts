import { areAlike, cssColour } from '../html/css-colour.ts'
import type { Box } from './box.ts'
import type { Point } from './matrix.ts'

/** An area and the colour that it was filled with; undefined for what cannot be told: a picture, a pattern, another shape. */
type Area = { readonly box: Box; readonly colour: string | undefined }

/** Looked through for each letter. Beyond it the small ones are forgotten: what lies behind a page is large. */
const maxAreas = 4_000
const paper = '#ffffff'
/** Lines and frames: no letter stands on one. */
const leastWidth = 2

/** What was painted on a page so far, as far as it says what stands behind a letter. */
export class PaintedAreas {
  #areas: Area[] = []

  /** Returns whether letters may stand on the area or under it. */
  add(area: Area): boolean {
    const [left, bottom, right, top] = area.box
    if (right - left < leastWidth || top - bottom < leastWidth) return false
    this.#areas.push(area)
    if (this.#areas.length > maxAreas) this.#forgetSmall()
    return true
  }

  /** Whether letters of this colour are not told from what stands behind them. */
  hides(colour: string | undefined, at: Point): boolean {
    if (colour === undefined) return false
    const area = this.#areas.findLast(({ box }) => isInside(box, at))
    const ground = area === undefined ? paper : area.colour
    if (ground === undefined) return false
    const [letter, behind] = [cssColour(colour), cssColour(ground)]
    return letter !== undefined && behind !== undefined && areAlike(letter, behind)
  }

  #forgetSmall(): void {
    const bySize = this.#areas.toSorted((one, other) => sizeOf(other) - sizeOf(one))
    const large = new Set(bySize.slice(0, maxAreas / 2))
    this.#areas = this.#areas.filter((area) => large.has(area))
  }
}

function sizeOf({ box: [left, bottom, right, top] }: Area): number {
  return (right - left) * (top - bottom)
}

export function isInside([left, bottom, right, top]: Box, [x, y]: Point): boolean {
  return x >= left && x <= right && y >= bottom && y <= top
}
