import type { Box } from './box.ts'
import { identity, type Matrix } from './matrix.ts'

/** What of the state of a page (ISO 32000-1 8.4 and 9.3) says where letters stand and whether they are seen. */
export type GraphicsState = {
  matrix: Matrix
  clip: Box
  font: string
  fontSize: number
  characterSpacing: number
  wordSpacing: number
  /** 1 is as wide as the font is. */
  stretch: number
  leading: number
  rise: number
  /** 3 paints nothing, 7 only clips. */
  renderMode: number
  fillAlpha: number
  strokeAlpha: number
  /** As `#rrggbb`; undefined where it is a pattern. */
  fillColour: string | undefined
  strokeColour: string | undefined
  /** What is painted is mixed with what is below, or let through by a mask. */
  mixes: boolean
  masks: boolean
}

export function initialState(page: Box): GraphicsState {
  return {
    matrix: identity,
    clip: page,
    font: '',
    fontSize: 0,
    characterSpacing: 0,
    wordSpacing: 0,
    stretch: 1,
    leading: 0,
    rise: 0,
    renderMode: 0,
    fillAlpha: 1,
    strokeAlpha: 1,
    fillColour: '#000000',
    strokeColour: '#000000',
    mixes: false,
    masks: false,
  }
}
