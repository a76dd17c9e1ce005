import type { DefaultTreeAdapterTypes } from 'parse5'
import { hidingStyle } from './hiding-style.ts'
import type { StyleRules } from './style-rules.ts'

type Element = DefaultTreeAdapterTypes.Element

/** What no reader of a page sees as text: programs, styles, what other browsers would get, and what is a picture. */
const unseen = new Set(
  'script style template noscript noembed noframes head title meta link base iframe frame frameset object embed applet audio video canvas svg map area datalist rp param source track'.split(
    ' ',
  ),
)

/** Whether an element and all inside of it is hidden from the readers of the page. `aria-hidden` hides from other readers only. */
export function isHidden(element: Element, rules: StyleRules): boolean {
  if (unseen.has(element.tagName)) return true
  const given = new Map(element.attrs.map(({ name, value }) => [name, value]))
  if (given.has('hidden')) return true
  if (element.tagName === 'dialog' && !given.has('open')) return true
  if (element.tagName === 'input' && given.get('type')?.toLowerCase() === 'hidden') return true
  const classes = given.get('class')?.split(/\s+/) ?? []
  const says = new Map([
    ...rules({ tag: element.tagName, id: given.get('id') ?? '', classes }),
    ...hidingStyle(given.get('style') ?? ''),
  ])
  return [...says.values()].some((hides) => hides)
}
