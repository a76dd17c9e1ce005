import { posix } from 'node:path'
import type { Archive } from './read-archive.ts'
import { readXml } from './read-xml.ts'

const kinds = ['styles', 'numbering', 'footnotes', 'endnotes'] as const

export type PartPaths = { readonly document: string } & Readonly<Record<(typeof kinds)[number], string>>

/** Where the parts of a Word document stand: as its relationships say, which Word follows, else under their usual names. */
export async function partPaths(archive: Archive): Promise<PartPaths> {
  const ofPackage = await relationships({ archive, of: '' })
  const document = ofPackage.get('officeDocument') ?? 'word/document.xml'
  const ofDocument = await relationships({ archive, of: document })
  const folder = posix.dirname(document)
  const path = (kind: (typeof kinds)[number]): string => ofDocument.get(kind) ?? posix.join(folder, `${kind}.xml`)
  return {
    document,
    styles: path('styles'),
    numbering: path('numbering'),
    footnotes: path('footnotes'),
    endnotes: path('endnotes'),
  }
}

/** By the last word of their type. What lies outside of the archive is left out, and so never looked for. */
async function relationships(options: { archive: Archive; of: string }): Promise<ReadonlyMap<string, string>> {
  const folder = posix.dirname(options.of)
  const list = await options.archive.read(posix.join(folder, '_rels', `${posix.basename(options.of)}.rels`))
  const targets = new Map<string, string>()
  if (list === undefined) return targets
  readXml(list, {
    open: ({ name, attribute }) => {
      const target = attribute('Target')
      const kind = attribute('Type')?.split('/').at(-1)
      if (name !== 'rel:Relationship' || target === undefined || kind === undefined) return
      if (attribute('TargetMode') === 'External' || targets.has(kind)) return
      targets.set(kind, target.startsWith('/') ? posix.normalize(target.slice(1)) : posix.join(folder, target))
    },
  })
  return targets
}
