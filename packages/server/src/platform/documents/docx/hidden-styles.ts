import { readXml } from './read-xml.ts'

/** Half points: letters of less than two points are dots. */
export const tinyHalfPoints = 3

type Style = {
  basedOn: string | undefined
  hides: boolean | undefined
  colour: string | undefined
  shades: boolean | undefined
}

/** Which styles of a document hide their text: hidden letters or letters without size, also where they come from another style. */
export type HiddenStyles = {
  readonly hides: (styleId: string | undefined) => boolean
  readonly hidesByDefault: boolean
  /** The colour of the letters of a style, as the file writes it. */
  readonly colourOf: (styleId: string | undefined) => string | undefined
  /** Whether a style paints something behind its letters. */
  readonly shades: (styleId: string | undefined) => boolean
}

export function hiddenStyles(part: Buffer | undefined): HiddenStyles {
  const styles = new Map<string, Style>()
  const path: string[] = []
  let style: Style | undefined
  let hidesByDefault = false
  if (part !== undefined)
    readXml(part, {
      open: ({ name, attribute }) => {
        const [above, above2] = [path.at(-1), path.at(-2)]
        path.push(name)
        if (name === 'w:style') {
          style = { basedOn: undefined, hides: undefined, colour: undefined, shades: undefined }
          styles.set(attribute('styleId') ?? '', style)
        }
        if (name === 'w:basedOn' && style !== undefined) style.basedOn = attribute('val')
        if (style !== undefined && name === 'w:color' && above === 'w:rPr') style.colour = attribute('val')
        if (style !== undefined && isShade(name, attribute)) style.shades = true
        const hides = hidesText(name, attribute('val'))
        if (hides === undefined || above !== 'w:rPr') return
        if (above2 === 'w:style' && style !== undefined) style.hides = (style.hides ?? false) || hides
        if (above2 === 'w:rPrDefault') hidesByDefault ||= hides
      },
      close: () => {
        if (path.pop() === 'w:style') style = undefined
      },
    })
  return {
    hides: (id) => withBase(id, styles, ({ hides }) => hides) ?? false,
    hidesByDefault,
    colourOf: (id) => withBase(id, styles, ({ colour }) => colour),
    shades: (id) => withBase(id, styles, ({ shades }) => shades) ?? false,
  }
}

/** Whether a property paints something behind letters. */
export function isShade(name: string, attribute: (name: string) => string | undefined): boolean {
  if (name === 'w:highlight') return attribute('val') !== 'none'
  return name === 'w:shd' && !/^(?:auto|ffffff)?$/i.test(attribute('fill') ?? '')
}

/** What a property of a run says about its being seen; undefined where it is about something else. */
export function hidesText(name: string, value: string | undefined): boolean | undefined {
  if (name === 'w:vanish' || name === 'w:specVanish') return !/^(?:0|false|off)$/.test(value ?? '')
  if (name === 'w:sz' && Number(value) <= tinyHalfPoints) return true
  return undefined
}

function withBase<Value>(
  id: string | undefined,
  styles: ReadonlyMap<string, Style>,
  read: (style: Style) => Value | undefined,
): Value | undefined {
  const seen = new Set<string>()
  for (let next = id; next !== undefined && !seen.has(next); ) {
    seen.add(next)
    const style = styles.get(next)
    const value = style === undefined ? undefined : read(style)
    if (value !== undefined) return value
    next = style?.basedOn
  }
  return undefined
}
