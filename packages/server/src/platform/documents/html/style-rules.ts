import type { DefaultTreeAdapterTypes } from 'parse5'
import { type CssDeclaration, cssDeclarations } from './css-declarations.ts'
import { cssParts } from './css-parts.ts'
import { mediaApplies } from './media-applies.ts'
import { keysOf, matches, readSelector, type Selector } from './selector.ts'
import { withoutComments } from './without-comments.ts'

type Element = DefaultTreeAdapterTypes.Element
type Rule = { readonly selector: Selector; readonly order: number; readonly declarations: readonly CssDeclaration[] }

/** What matters for being seen. Rules about other things are not kept. */
const watched = new Set(
  'display visibility content-visibility mso-hide font-size opacity filter color background-color background-clip clip clip-path transform translate scale text-indent left top right bottom margin-left margin-top width height max-width max-height overflow'.split(
    ' ',
  ),
)
const maxDepth = 16
/** Rules in rules multiply; nobody writes so many in one. */
const maxSelectors = 64

/** The style sheets of a page, as far as they say what is seen on a screen. */
export type StyleRules = {
  /** The declarations that hold for an element, the last word last, the important ones behind its own `style`. */
  readonly of: (element: Element, style: string | undefined) => ReadonlyMap<string, string>
  /** Whether something is painted behind elements that cannot be told. */
  readonly paintsSomewhere: boolean
}

/**
 * Reads style sheets as a browser on a desk applies them: the cascade of selectors that are made of tags, classes, ids and
 * attributes, with nested rules and those of @media, @supports and @layer that hold. Rules whose selectors are of other kinds are
 * left out: by them a page would lose text that people do see.
 */
export function styleRules(sheets: readonly string[]): StyleRules {
  const reader = new SheetReader()
  for (const sheet of sheets) reader.read(withoutComments(sheet).replace(/<!--|-->/g, ' '), undefined, 0)
  const { byKey, paintsSomewhere } = reader
  return {
    paintsSomewhere,
    of: (element, style) => {
      const found = [...keysOf(element), '*']
        .flatMap((key) => byKey.get(key) ?? [])
        .filter(({ selector }) => matches(selector, element))
        .toSorted((one, other) => one.selector.specificity - other.selector.specificity || one.order - other.order)
        .flatMap(({ declarations }) => declarations)
      const all = [...found, ...(style === undefined ? [] : ownDeclarations(style))]
      return new Map([...all.filter(isUsual), ...all.filter(isImportant)].map(({ name, value }) => [name, value]))
    },
  }
}

function ownDeclarations(style: string): readonly CssDeclaration[] {
  return [...cssParts(withoutComments(style))].flatMap((part) =>
    part.kind === 'statement' ? cssDeclarations(part.text) : [],
  )
}

const isImportant = (declaration: CssDeclaration): boolean => declaration.isImportant
const isUsual = (declaration: CssDeclaration): boolean => !declaration.isImportant

class SheetReader {
  readonly byKey = new Map<string, Rule[]>()
  paintsSomewhere = false
  #order = 0

  /** @param around the selectors of the rule that this is the inside of */
  read(css: string, around: readonly string[] | undefined, depth: number): void {
    const declarations: CssDeclaration[] = []
    for (const part of cssParts(css)) {
      if (part.kind === 'statement') declarations.push(...cssDeclarations(part.text))
      else if (depth < maxDepth) this.#block(part, around, depth)
    }
    if (around !== undefined) this.#keep(around, declarations)
  }

  #block(
    { prelude, body }: { readonly prelude: string; readonly body: string },
    around: readonly string[] | undefined,
    depth: number,
  ): void {
    const [, name, condition = ''] = /^@([a-z-]+)\s*([\s\S]*)$/i.exec(prelude) ?? []
    if (name === undefined) return this.read(body, selectorsIn(prelude, around), depth + 1)
    const isRead =
      name.toLowerCase() === 'media'
        ? mediaApplies(condition)
        : name.toLowerCase() === 'supports'
          ? !/^not\b/i.test(condition)
          : name.toLowerCase() === 'layer'
    if (isRead) this.read(body, around, depth + 1)
  }

  #keep(selectors: readonly string[], all: readonly CssDeclaration[]): void {
    const declarations = all.filter(({ name }) => watched.has(name))
    if (declarations.length === 0) return
    for (const text of selectors) {
      const selector = readSelector(text)
      if (selector === undefined) {
        this.paintsSomewhere ||= declarations.some(({ name }) => name === 'background-color')
        continue
      }
      this.#order += 1
      const key = selector.key ?? '*'
      const rules = this.byKey.get(key) ?? []
      this.byKey.set(key, rules)
      rules.push({ selector, order: this.#order, declarations })
    }
  }
}

function selectorsIn(prelude: string, around: readonly string[] | undefined): readonly string[] {
  const own = splitSelectors(prelude)
  if (around === undefined) return own
  return own
    .flatMap((text) =>
      around.map((outer) => (text.includes('&') ? text.replaceAll('&', () => outer) : `${outer} ${text}`)),
    )
    .slice(0, maxSelectors)
}

/** A comma in an attribute separates nothing. */
function splitSelectors(list: string): readonly string[] {
  return [...list.matchAll(/(?:[^,"'[\\]|\\[\s\S]|\[[^\]]*(?:\]|$)|"[^"]*(?:"|$)|'[^']*(?:'|$))+/g)].map(([text]) =>
    text.trim(),
  )
}
