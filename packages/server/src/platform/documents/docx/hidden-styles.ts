import { readXml } from './read-xml.ts'

/** Half points: a letter of one point is a dot. */
export const tinyHalfPoints = 2

type Style = { basedOn: string | undefined; hides: boolean | undefined }

/** Which styles of a document hide their text: hidden letters or letters without size, also where they come from another style. */
export type HiddenStyles = {
  readonly hides: (styleId: string | undefined) => boolean
  readonly hidesByDefault: boolean
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
          style = { basedOn: undefined, hides: undefined }
          styles.set(attribute('styleId') ?? '', style)
        }
        if (name === 'w:basedOn' && style !== undefined) style.basedOn = attribute('val')
        const hides = hidesText(name, attribute('val'))
        if (hides === undefined || above !== 'w:rPr') return
        if (above2 === 'w:style' && style !== undefined) style.hides = (style.hides ?? false) || hides
        if (above2 === 'w:rPrDefault') hidesByDefault ||= hides
      },
      close: () => {
        if (path.pop() === 'w:style') style = undefined
      },
    })
  return { hides: (id) => hidesWithBase(id, styles), hidesByDefault }
}

/** What a property of a run says about its being seen; undefined where it is about something else. */
export function hidesText(name: string, value: string | undefined): boolean | undefined {
  if (name === 'w:vanish' || name === 'w:specVanish') return !/^(?:0|false|off)$/.test(value ?? '')
  if (name === 'w:sz' && Number(value) <= tinyHalfPoints) return true
  return undefined
}

function hidesWithBase(id: string | undefined, styles: ReadonlyMap<string, Style>): boolean {
  const seen = new Set<string>()
  for (let next = id; next !== undefined && !seen.has(next); ) {
    seen.add(next)
    const style = styles.get(next)
    if (style?.hides !== undefined) return style.hides
    next = style?.basedOn
  }
  return false
}
