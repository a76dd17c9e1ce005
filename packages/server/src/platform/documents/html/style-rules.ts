import { hidingStyle } from './hiding-style.ts'
import { withoutComments } from './without-comments.ts'

type Named = { readonly tag: string; readonly id: string; readonly classes: readonly string[] }

/** What the style sheets of a page say about hiding an element, as `hidingStyle` says it. */
export type StyleRules = (element: Named) => ReadonlyMap<string, boolean>

/** Longer sheets are those of frameworks; what hides a sentence stands in the page. */
const maxCharacters = 512 * 1024
const simple = /^(?:[a-z][a-z0-9]*|(?:[a-z][a-z0-9]*)?[.#][\w-]+)$/i

/**
 * Reads style sheets as far as hiding needs it: rules for elements that a simple selector names (`p`, `.note`, `#hint`, `p.note`).
 * Rules inside of @media and selectors of more than one part are left out: they hide what a reader can show (menus, tabs), and by
 * them a page would lose text that people do see.
 */
export function styleRules(sheets: readonly string[]): StyleRules {
  const bySelector = new Map<string, ReadonlyMap<string, boolean>>()
  for (const [selectors, declarations] of rulesOf(withoutComments(sheets.join('\n').slice(0, maxCharacters)))) {
    const says = hidingStyle(declarations)
    if (says.size === 0) continue
    for (const selector of selectors.split(',')) {
      const name = selector.trim().replace(/^[a-z0-9]+/i, (tag) => tag.toLowerCase())
      if (simple.test(name)) bySelector.set(name, new Map([...(bySelector.get(name) ?? []), ...says]))
    }
  }
  return ({ tag, id, classes }) => {
    if (bySelector.size === 0) return new Map()
    const byClass = classes.flatMap((name) => [`.${name}`, `${tag}.${name}`])
    const selectors = [tag, ...byClass, `#${id}`, `${tag}#${id}`]
    return new Map(selectors.flatMap((selector) => [...(bySelector.get(selector) ?? [])]))
  }
}

/** The rules at the top; not those inside of an at-rule. */
function rulesOf(css: string): readonly (readonly [selectors: string, declarations: string])[] {
  const rules: (readonly [string, string])[] = []
  let depth = 0
  let start = 0
  let body = 0
  for (const { index, 0: brace } of css.matchAll(/[{}]/g)) {
    if (brace === '{') {
      if (depth === 0) body = index
      depth += 1
      continue
    }
    if (depth === 1) {
      const selectors = css.slice(start, body).trim()
      if (!selectors.startsWith('@')) rules.push([selectors, css.slice(body + 1, index)])
    }
    if (depth <= 1) start = index + 1
    depth = Math.max(0, depth - 1)
  }
  return rules
}
