import { readXml } from './read-xml.ts'
import { xmlText } from './xml-text.ts'

export const wordNamespace = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'

/** The part again with these elements and attributes of Word only, written anew; others go with all that they hold. */
export function keepElements(part: Buffer, kept: Readonly<Record<string, readonly string[]>>): string {
  const out: string[] = []
  const open: string[] = []
  let dropped = 0
  readXml(part, {
    open: ({ name, attribute }) => {
      const names = Object.hasOwn(kept, name) ? kept[name] : undefined
      if (dropped > 0 || names === undefined) {
        dropped += 1
        return
      }
      const attributes = names.flatMap((attributeName) => {
        const value = attribute(attributeName)
        return value === undefined ? [] : [` w:${attributeName}="${xmlText(value)}"`]
      })
      const declaration = open.length === 0 ? ` xmlns:w="${wordNamespace}"` : ''
      out.push(`<${name}${declaration}${attributes.join('')}>`)
      open.push(name)
    },
    close: () => {
      if (dropped > 0) dropped -= 1
      else out.push(`</${open.pop() ?? ''}>`)
    },
  })
  return out.join('')
}
