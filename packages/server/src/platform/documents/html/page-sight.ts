/**
 * Threat: a page holds words that nobody sees who opens it: switched off, without size or colour, in the colour of what is behind
 * them, cut away, moved off the page.
 * Rule: an element is hidden with all inside of it, or its own letters are not read while those of an element inside of it may be,
 * as the styles of the page say it on a usual screen.
 * On failure: a value that is not understood says nothing. Letters under other things, rules for elements by their place or their
 * state, and what a linked style sheet says, are not told.
 */
import type { DefaultTreeAdapterTypes } from 'parse5'
import { areAlike, type CssColour, cssColour, white } from './css-colour.ts'
import { cssLength } from './css-length.ts'
import { isUnseen } from './is-unseen.ts'
import { attributeOf, parentOf } from './selector.ts'
import type { StyleRules } from './style-rules.ts'

type Element = DefaultTreeAdapterTypes.Element

/** Smaller letters than that, in pixels, are read by nobody. */
const leastFontSize = 2
const leastAlpha = 0.05
/** Parts that are moved so far stand outside of every page; to the right and below a page goes on for longer. */
const farAway = -300
const farBeyond = 5_000

/** What an element hands on to those inside of it. */
type Sight = {
  readonly isHidden: boolean
  readonly isInvisible: boolean
  readonly fontSize: number
  /** Undefined where nobody has said one: browsers paint black. */
  readonly colour: CssColour | undefined
  /** Undefined where it is a picture, or nobody can tell. */
  readonly ground: CssColour | undefined
  readonly shinesThrough: boolean
}

export class PageSight {
  readonly #rules: StyleRules
  readonly #known = new WeakMap<Element, Sight>()

  constructor(rules: StyleRules) {
    this.#rules = rules
  }

  /** Whether an element and all inside of it is hidden. `aria-hidden` hides from other readers only. */
  isHidden(element: Element): boolean {
    return isUnseen(element) || this.#of(element).isHidden
  }

  /** Whether letters that stand in this element itself are seen by nobody. */
  hidesLetters(element: Element): boolean {
    const { isInvisible, fontSize, colour, ground, shinesThrough } = this.#of(element)
    if (isInvisible || fontSize < leastFontSize) return true
    if (colour === undefined || shinesThrough) return false
    return colour.alpha <= leastAlpha || (ground !== undefined && areAlike(colour, ground))
  }

  #of(element: Element): Sight {
    const known = this.#known.get(element)
    if (known !== undefined) return known
    const parent = parentOf(element)
    const around = parent === undefined ? this.#outside() : this.#of(parent)
    const sight = sightOf({ element, styles: this.#rules.of(element, attributeOf(element, 'style')), around })
    this.#known.set(element, sight)
    return sight
  }

  #outside(): Sight {
    const ground = this.#rules.paintsSomewhere ? undefined : white
    return {
      isHidden: false,
      isInvisible: false,
      fontSize: 16,
      colour: undefined,
      ground,
      shinesThrough: false,
    }
  }
}

type Styles = ReadonlyMap<string, string>

function sightOf({ element, styles, around }: { element: Element; styles: Styles; around: Sight }): Sight {
  const visibility = styles.get('visibility')
  const says = visibility !== undefined && visibility !== 'inherit' && visibility !== 'unset'
  const clip = styles.get('background-clip')
  return {
    isHidden: hidesAll(styles),
    isInvisible: says ? visibility === 'hidden' || visibility === 'collapse' : around.isInvisible,
    fontSize: fontSizeOf(styles.get('font-size'), around.fontSize),
    colour: cssColour(styles.get('color') ?? oldColour(element) ?? '') ?? around.colour,
    ground: groundOf(styles.get('background-color') ?? attributeOf(element, 'bgcolor')?.trim().toLowerCase(), around),
    shinesThrough: around.shinesThrough || clip?.includes('text') === true,
  }
}

function oldColour(element: Element): string | undefined {
  const name = element.tagName === 'font' ? 'color' : element.tagName === 'body' ? 'text' : undefined
  return name === undefined ? undefined : attributeOf(element, name)?.trim().toLowerCase()
}

function groundOf(value: string | undefined, around: Sight): CssColour | undefined {
  if (value === undefined || /^(?:none|transparent|inherit|initial|unset|revert)$/.test(value)) return around.ground
  const colour = cssColour(value)
  if (colour === undefined) return undefined
  return colour.alpha <= leastAlpha ? around.ground : colour.alpha < 1 ? undefined : colour
}

function fontSizeOf(value: string | undefined, around: number): number {
  if (value === undefined) return around
  const [, factor, unit] = /^([+-]?[\d.]+(?:e[+-]?\d+)?)(em|%)$/.exec(value) ?? []
  if (factor !== undefined) return (Number(factor) * around) / (unit === '%' ? 100 : 1)
  if (/^(?:inherit|unset|smaller|larger)$/.test(value)) return around
  return cssLength(value) ?? 16
}

function hidesAll(styles: Styles): boolean {
  for (const [name, value] of styles) if (hides(name, value, styles)) return true
  return false
}

function hides(name: string, value: string, styles: Styles): boolean {
  switch (name) {
    case 'display':
      return value === 'none'
    case 'content-visibility':
      return value === 'hidden'
    case 'mso-hide':
      return value === 'all'
    case 'opacity':
      return shareOf(value) <= leastAlpha
    case 'filter':
      return shareOf(/opacity\(([^()]*)\)/.exec(value)?.[1] ?? '1') <= leastAlpha
    case 'clip':
      return /^rect\(\s*(?:0|1px)[a-z]*[\s,]/.test(value)
    case 'clip-path':
      return /^(?:inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0|polygon\((?:\s*0[a-z%]*\s+0[a-z%]*,?)+\))/.test(value)
    case 'transform':
      return isMovedAway(value) || /scale(?:3d|[xy])?\(\s*0*(?:\.0\d*)?\s*[,)]/.test(value)
    case 'translate':
      return isFar(value) || isFar(value.split(/\s+/)[1] ?? '')
    case 'scale':
      return Math.abs(Number.parseFloat(value)) < leastAlpha
    case 'text-indent':
    case 'left':
    case 'top':
    case 'right':
    case 'bottom':
    case 'margin-left':
    case 'margin-top':
      return isFar(value)
    case 'width':
    case 'height':
    case 'max-width':
    case 'max-height':
      return /^[+\d.]/.test(value) && (cssLength(value) ?? 2) <= 1 && /hidden|clip/.test(styles.get('overflow') ?? '')
    default:
      return false
  }
}

function shareOf(value: string): number {
  const number = Number.parseFloat(value)
  return Number.isNaN(number) ? 1 : value.endsWith('%') ? number / 100 : number
}

function isFar(value: string): boolean {
  const length = cssLength(value) ?? 0
  return length < farAway || length > farBeyond
}

function isMovedAway(transform: string): boolean {
  const moves = [...transform.matchAll(/translate(?:3d|[xy])?\(([^()]*)\)/g)].flatMap(([, given = '']) =>
    given.split(','),
  )
  // A share of the element itself is how a page puts it into the middle.
  return moves.some((length) => !length.includes('%') && isFar(length.trim()))
}
