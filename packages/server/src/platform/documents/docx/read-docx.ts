import mammoth from 'mammoth'
import type { ReadDocument } from '../document-reader.ts'
import { DocumentRefused } from '../document-refused.ts'
import { readHtml } from '../html/read-html.ts'
import { type HiddenStyles, hiddenStyles } from './hidden-styles.ts'
import { keepElements } from './keep-elements.ts'
import { type PartPaths, partPaths } from './part-paths.ts'
import { type Archive, readArchive } from './read-archive.ts'
import { storedArchive } from './stored-archive.ts'
import { visibleWord } from './visible-word.ts'

const relationships = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>`
const contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`

/** What mammoth puts behind each note. */
const wayBack = /<a href="#[^"<>]*">↑<\/a>/g

const numberingElements = {
  'w:numbering': [],
  'w:abstractNum': ['abstractNumId'],
  'w:abstractNumId': ['val'],
  'w:num': ['numId'],
  'w:lvl': ['ilvl'],
  'w:numFmt': ['val'],
  'w:pStyle': ['val'],
  'w:numStyleLink': ['val'],
  'w:styleLink': ['val'],
}
const styleElements = {
  'w:styles': [],
  'w:style': ['type', 'styleId', 'default'],
  'w:name': ['val'],
  'w:pPr': [],
  'w:numPr': [],
  'w:numId': ['val'],
  'w:ilvl': ['val'],
}

/**
 * A Word document: its parts are unpacked under caps, what nobody sees is taken out of them, and what is left is written into an
 * archive anew. Only that reaches mammoth, which knows styles, lists and tables; its HTML is read as any page is.
 */
export const readDocx: ReadDocument = async ({ bytes, writer, limits }) => {
  const archive = await readArchive(bytes, limits)
  const paths = await partPaths(archive)
  const styles = await archive.read(paths.styles)
  const parts = await visibleParts({ archive, paths, styles: hiddenStyles(styles) })
  if (styles !== undefined) parts.set('word/styles.xml', keepElements(styles, styleElements))
  const { value } = await mammoth.convertToHtml(
    { buffer: storedArchive(parts) },
    { styleMap: ["p[style-name='Title'] => h1:fresh", 'b => strong'], includeEmbeddedStyleMap: false },
  )
  readHtml(value.replace(wayBack, ''), writer)
  return null
}

async function visibleParts(options: {
  archive: Archive
  paths: PartPaths
  styles: HiddenStyles
}): Promise<Map<string, string>> {
  const { archive, paths, styles } = options
  const document = await archive.read(paths.document)
  if (document === undefined) throw new DocumentRefused('docx_without_document')
  const parts = new Map([
    ['[Content_Types].xml', contentTypes],
    ['_rels/.rels', relationships],
    ['word/document.xml', visibleWord(document, styles)],
  ])
  for (const notes of ['footnotes', 'endnotes'] as const) {
    const part = await archive.read(paths[notes])
    if (part !== undefined) parts.set(`word/${notes}.xml`, visibleWord(part, styles))
  }
  const numbering = await archive.read(paths.numbering)
  if (numbering !== undefined) parts.set('word/numbering.xml', keepElements(numbering, numberingElements))
  return parts
}
