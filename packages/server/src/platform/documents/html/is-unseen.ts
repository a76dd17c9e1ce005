import type { DefaultTreeAdapterTypes } from 'parse5'

type Element = DefaultTreeAdapterTypes.Element

/** What no reader of a page sees as text: programs, styles, what other browsers would get, and what is a picture. */
const unseen = new Set(
  'script style template noscript noembed noframes head title meta link base iframe frame frameset object embed applet audio video canvas svg map area datalist rp param source track'.split(
    ' ',
  ),
)

/** Whether an element is not shown whatever its styles say. */
export function isUnseen({ tagName, attrs }: Element): boolean {
  if (unseen.has(tagName)) return true
  const given = new Map(attrs.map(({ name, value }) => [name, value]))
  if (given.has('hidden') || given.has('popover')) return true
  if (tagName === 'dialog' && !given.has('open')) return true
  return tagName === 'input' && given.get('type')?.toLowerCase() === 'hidden'
}
