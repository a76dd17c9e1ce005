import { setImmediate } from 'node:timers/promises'
import { getDocumentProxy, getResolvedPDFJS } from 'unpdf'
import type { ChunkWriter } from '../chunk-writer.ts'
import type { ReadDocument } from '../document-reader.ts'
import { DocumentRefused } from '../document-refused.ts'
import { readList } from './operation-arguments.ts'
import { pageBlocks } from './page-blocks.ts'
import { type Line, pageLines } from './page-lines.ts'
import { type Operation, pageText } from './page-text.ts'

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>
type Page = Awaited<ReturnType<Pdf['getPage']>>
type Layers = Awaited<ReturnType<Pdf['getOptionalContentConfig']>>

/** Enough to tell the size of the text from that of headings; later pages are judged by it. */
const samplePages = 8
/** Where the mark of the end may stand; a file without it was cut off. */
const endWithin = 65_536
const defaultUnit = 0.001

/** A PDF page by page, as a viewer paints it: pictures, forms, notes and programs in it are not read, nothing is fetched. */
export const readPdf: ReadDocument = async ({ bytes, writer, limits, progress }) => {
  if (!bytes.subarray(-endWithin).includes('%%EOF')) throw new DocumentRefused('pdf_damaged')
  const pdf = await open(bytes)
  const pages = pdf.numPages
  if (pages > limits.pages) throw new DocumentRefused('too_many_pages')
  const names = await operationNames()
  const layers = await pdf.getOptionalContentConfig()
  const sample: Line[][] = []
  let bodySize: number | undefined
  progress(0, pages)
  for (let number = 1; number <= pages; number += 1) {
    const lines = await linesOf({ page: await pdf.getPage(number), names, layers })
    if (bodySize === undefined) sample.push([...lines])
    else writePage({ number, lines, bodySize, writer })
    if (bodySize === undefined && (number === samplePages || number === pages)) {
      bodySize = commonSize(sample.flat())
      for (const [index, early] of sample.entries()) writePage({ number: index + 1, lines: early, bodySize, writer })
    }
    progress(number, pages)
    // So that the end of whoever asked is noticed between two pages.
    await setImmediate()
  }
  return pages
}

async function open(bytes: Buffer): Promise<Pdf> {
  try {
    return await getDocumentProxy(new Uint8Array(bytes), {
      verbosity: 0,
      useSystemFonts: false,
      useWorkerFetch: false,
      useWasm: false,
      disableFontFace: false,
      enableXfa: false,
      isOffscreenCanvasSupported: false,
      isImageDecoderSupported: false,
      // No picture is ever unpacked.
      maxImageSize: 1,
    })
  } catch (cause) {
    const isLocked = cause instanceof Error && cause.name === 'PasswordException'
    throw new DocumentRefused(isLocked ? 'pdf_encrypted' : 'pdf_damaged', { cause })
  }
}

async function operationNames(): Promise<ReadonlyMap<number, string>> {
  const { OPS } = await getResolvedPDFJS()
  return new Map(Object.entries(OPS).map(([name, code]) => [code, name]))
}

async function linesOf(options: {
  page: Page
  names: ReadonlyMap<number, string>
  layers: Layers
}): Promise<readonly Line[]> {
  const { page, names, layers } = options
  const list = await page.getOperatorList({ intent: 'display', annotationMode: 0 })
  const font = (id: string): unknown => (page.commonObjs.has(id) ? page.commonObjs.get(id) : undefined)
  const [left = 0, bottom = 0, right = 0, top = 0] = page.view
  const runs = pageText({
    operations: operationsOf(list, names),
    page: [left, bottom, right, top],
    isLayerVisible: (layer) => layers.isVisible(layer) !== false,
    unitOf: (id) => unitOf(font(id)),
    nameOf: (code) => (typeof code === 'number' ? names.get(code) : undefined) ?? '',
  })
  const lines = pageLines(runs, (id) => isBold(font(id)))
  page.cleanup()
  return lines
}

function* operationsOf(
  list: Awaited<ReturnType<Page['getOperatorList']>>,
  names: ReadonlyMap<number, string>,
): Generator<Operation> {
  for (const [index, code] of list.fnArray.entries()) {
    yield { name: names.get(code) ?? '', given: readList(list.argsArray[index]) }
  }
}

function unitOf(font: unknown): number {
  if (typeof font !== 'object' || font === null || !('fontMatrix' in font)) return defaultUnit
  const [unit] = readList(font.fontMatrix)
  return typeof unit === 'number' && unit > 0 ? unit : defaultUnit
}

function isBold(font: unknown): boolean {
  if (typeof font !== 'object' || font === null) return false
  const name = 'name' in font && typeof font.name === 'string' ? font.name : ''
  return ('bold' in font && font.bold === true) || /bold|black|heavy/i.test(name)
}

/** The size that most letters have. */
function commonSize(lines: readonly Line[]): number {
  const letters = new Map<number, number>()
  for (const { size, text } of lines) {
    const rounded = Math.round(size * 2) / 2
    letters.set(rounded, (letters.get(rounded) ?? 0) + text.length)
  }
  return [...letters].toSorted(([, one], [, other]) => other - one)[0]?.[0] ?? 0
}

function writePage(options: { number: number; lines: readonly Line[]; bodySize: number; writer: ChunkWriter }): void {
  const { writer } = options
  writer.page(options.number)
  let lead: string | undefined
  for (const block of pageBlocks(options.lines, options.bodySize)) {
    if (block.kind === 'heading') writer.heading(block.level, block.text)
    else writer.block(block.text, block.kind === 'item' ? lead : undefined)
    if (block.kind !== 'item') lead = block.kind === 'paragraph' ? block.text : undefined
  }
}
