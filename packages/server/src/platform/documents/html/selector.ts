import type { DefaultTreeAdapterTypes } from 'parse5'
import { cssIdentifier } from './css-identifier.ts'

type Element = DefaultTreeAdapterTypes.Element

type Compound = {
  readonly tag: string | undefined
  readonly id: string | undefined
  readonly classes: readonly string[]
  readonly attributes: readonly { readonly name: string; readonly value: string | undefined }[]
}

/** Compounds that follow each other as child and parent, the innermost first. */
type Group = readonly Compound[]

export type Selector = {
  /** The innermost first; each stands somewhere inside of the next. */
  readonly groups: readonly Group[]
  /** As one number that sorts. */
  readonly specificity: number
  /** What an element needs to have, to be looked up by; undefined where any may match. */
  readonly key: string | undefined
}

const maxCompounds = 32
/** Every escape in one way only, so that a long one is read in one go. */
const word = String.raw`(?:[\w-]|[^\x00-\x7f]|\\(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{1,5}(?![0-9a-fA-F]))\s?|\\[^0-9a-fA-F])+`
const pieces = new RegExp(
  String.raw`\s*([>])\s*|(\s+)|([.#])(${word})|\[\s*(${word})\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|(${word}))\s*)?\]|:root\b|(\*|${word})`,
  'gy',
)

/**
 * Reads a selector of tags, classes, ids and plain attributes, one in another. Undefined where it holds anything else (pseudo
 * classes, siblings), so that it cannot be said here what it matches.
 */
export function readSelector(text: string): Selector | undefined {
  const groups: Compound[][] = [[]]
  let compound = empty()
  let isBegun = false
  let end = 0
  let specificity = 0
  let compounds = 1
  const close = (): void => {
    groups[0]?.unshift(compound)
    compound = empty()
    isBegun = false
    compounds += 1
  }
  for (const [piece, child, blank, mark, name, attribute, quoted, single, bare, tag] of text.matchAll(pieces)) {
    end += piece.length
    if (child !== undefined || blank !== undefined) {
      if (!isBegun || end === text.length) return undefined
      close()
      if (blank !== undefined) groups.unshift([])
      continue
    }
    isBegun = true
    if (mark === '.') compound.classes.push(cssIdentifier(name ?? ''))
    else if (mark === '#') compound.id = cssIdentifier(name ?? '')
    else if (attribute !== undefined)
      compound.attributes.push({ name: cssIdentifier(attribute).toLowerCase(), value: quoted ?? single ?? bare })
    else if (tag !== undefined && tag !== '*') compound.tag = cssIdentifier(tag).toLowerCase()
    else if (tag === undefined) compound.tag = 'html'
    specificity += mark === '#' ? 1_000_000 : mark === '.' || attribute !== undefined ? 1_000 : tag === '*' ? 0 : 1
  }
  if (end !== text.length || !isBegun || compounds > maxCompounds) return undefined
  groups[0]?.unshift(compound)
  return { groups, specificity, key: keyOf(compound) }
}

/** Whether the selector matches. Takes as many steps as the element has others around it, whatever the selector is. */
export function matches({ groups }: Selector, element: Element): boolean {
  const [first, ...outer] = groups
  let at = first === undefined ? undefined : end(first, element)
  for (const group of outer) {
    let around = at === undefined ? undefined : parentOf(at)
    // The nearest one will do: whatever stands around a farther one stands around it, too.
    while (around !== undefined && end(group, around) === undefined) around = parentOf(around)
    at = around === undefined ? undefined : end(group, around)
  }
  return at !== undefined
}

/** What an element may be looked up by. */
export function keysOf(element: Element): readonly string[] {
  const id = attributeOf(element, 'id')
  const classes = (attributeOf(element, 'class') ?? '').split(/\s+/).map((name) => `.${name}`)
  return [element.tagName, ...new Set(classes), ...(id === undefined ? [] : [`#${id}`])]
}

export function parentOf({ parentNode }: Element): Element | undefined {
  return parentNode !== null && 'tagName' in parentNode ? parentNode : undefined
}

export function attributeOf({ attrs }: Element, name: string): string | undefined {
  return attrs.find((attribute) => attribute.name === name)?.value
}

type Draft = {
  tag: string | undefined
  id: string | undefined
  classes: string[]
  attributes: { name: string; value: string | undefined }[]
}

function empty(): Draft {
  return { tag: undefined, id: undefined, classes: [], attributes: [] }
}

function keyOf({ id, classes: [first], tag }: Compound): string | undefined {
  if (id !== undefined) return `#${id}`
  return first === undefined ? tag : `.${first}`
}

/** The outermost element of the group where it matches from this element outwards. */
function end(group: Group, element: Element): Element | undefined {
  let at: Element | undefined
  let next: Element | undefined = element
  for (const compound of group) {
    if (next === undefined || !isMatched(compound, next)) return undefined
    at = next
    next = parentOf(next)
  }
  return at
}

function isMatched({ tag, id, classes, attributes }: Compound, element: Element): boolean {
  if (tag !== undefined && tag !== element.tagName) return false
  if (id !== undefined && attributeOf(element, 'id') !== id) return false
  const own = classes.length === 0 ? [] : (attributeOf(element, 'class') ?? '').split(/\s+/)
  if (!classes.every((name) => own.includes(name))) return false
  return attributes.every(({ name, value }) => {
    const given = attributeOf(element, name)
    return given !== undefined && (value === undefined || given === value)
  })
}
