type Attributes = Readonly<Record<string, string>>

/**
 * Makes an element. Children that are strings become text nodes, never markup: it is the only maker of elements in this
 * package, so words of a model, a tool or a caller cannot become anything but text.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: ReadonlyArray<Node | string>
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}
