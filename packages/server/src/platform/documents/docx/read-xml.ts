/**
 * Threat: XML that names files and addresses (external entities), that grows while it is read (entities of entities), that is nested
 * without end, or that two readers see differently.
 * Rule: a document type is refused, so no entity but XML's own five exists; names are told by their namespace, never by a prefix;
 * what is not well-formed is refused.
 * On failure: the whole document is refused.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { decodeText } from '../decode-text.ts'
import { DocumentRefused } from '../document-refused.ts'

const maxDepth = 500

/** Families of names, as both editions of the standard and their extensions write them. */
const families: readonly (readonly [ending: RegExp, prefix: string])[] = [
  [/\/wordprocessingml\/(2006\/)?main$/, 'w'],
  [/\/drawingml\/(2006\/)?wordprocessingDrawing$/, 'wp'],
  [/\/drawingml\/(2006\/)?main$/, 'a'],
  [/\/markup-compatibility\/2006$/, 'mc'],
  [/\/package\/2006\/relationships$/, 'rel'],
  [/\/office\/word\/2010\/wordprocessing(?:Shape|Group|Canvas)$/, 'wps'],
  [/^urn:schemas-microsoft-com:vml$/, 'v'],
]

/** `name` is `w:p` for a paragraph, whatever prefix the file has; of attributes it is the part behind the prefix. */
export type XmlElement = {
  readonly name: string
  readonly attribute: (name: string) => string | undefined
  /** The address of the namespace that a prefix stands for here. */
  readonly namespaceOf: (prefix: string) => string | undefined
}

export type XmlVisitor = {
  readonly open: (element: XmlElement) => void
  readonly text?: (text: string) => void
  readonly close?: () => void
}

export function readXml(part: Buffer, visitor: XmlVisitor): void {
  const parser = new SaxesParser({ xmlns: true, position: false })
  const prefixes = new Map<string, string>()
  let depth = 0
  parser.on('error', (cause) => {
    throw new DocumentRefused('docx_damaged', { cause })
  })
  parser.on('doctype', () => {
    throw new DocumentRefused('docx_entities')
  })
  parser.on('opentag', (tag) => {
    depth += 1
    if (depth > maxDepth) throw new DocumentRefused('too_deep')
    visitor.open(elementOf({ tag, parser, prefixes }))
  })
  parser.on('closetag', () => {
    depth -= 1
    visitor.close?.()
  })
  parser.on('text', (text) => visitor.text?.(text))
  parser.on('cdata', (text) => visitor.text?.(text))
  parser.write(decodeText(part)).close()
}

function elementOf(options: {
  tag: SaxesTagNS
  parser: SaxesParser<{ xmlns: true; position: false }>
  prefixes: Map<string, string>
}): XmlElement {
  const { tag, parser, prefixes } = options
  const { uri, local } = tag
  const prefix = prefixes.get(uri) ?? families.find(([ending]) => ending.test(uri))?.[1] ?? '?'
  prefixes.set(uri, prefix)
  return {
    name: `${prefix}:${local}`,
    attribute: (name) => Object.values(tag.attributes).find((attribute) => attribute.local === name)?.value,
    namespaceOf: (name) => parser.resolve(name),
  }
}
