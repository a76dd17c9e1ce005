/**
 * Threat: a file that says it is one thing and is another reaches a reader that was not made for it, or a reviewer sees a name
 * that does not say what the agent will read.
 * Rule: the bytes decide. PDF and DOCX are told by their own marks; what is text is read as the kind of text that its name, or
 * else its media type, says. A name or a media type that the bytes contradict is refused, and so is all else, by its own name.
 * On failure: refused as knowledge.type_mismatch, type_unsupported, empty or too_large, with a sentence on what to send instead.
 */
import { fileTypeFromBuffer, supportedExtensions } from 'file-type'
import { AppError } from '../../kernel/app-error.ts'
import { maxDocumentBytes } from './document-limits.ts'
import { documentRefusal } from './document-refusal.ts'
import type { DocumentType } from './document-type.ts'
import type { RefusalReason } from './refusal-reasons.ts'

/** The marks of all the formats that matter lie in it; the library never sees more of a stranger's file. */
const sampleBytes = 4_100
/** ISO 32000 lets a PDF begin anywhere in it. */
const pdfMarkWithin = 1_024

const byExtension: Readonly<Record<string, DocumentType>> = {
  pdf: 'pdf',
  docx: 'docx',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  md: 'markdown',
  markdown: 'markdown',
  txt: 'text',
  text: 'text',
  json: 'json',
}

const byMediaType: Readonly<Record<string, DocumentType>> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/markdown': 'markdown',
  'text/plain': 'text',
  'application/json': 'json',
}

const words: Readonly<Record<DocumentType, string>> = {
  pdf: 'a PDF',
  docx: 'a Word file (DOCX)',
  html: 'HTML',
  markdown: 'Markdown',
  text: 'plain text',
  json: 'JSON',
}

const archives: readonly (readonly [part: string, reason: RefusalReason])[] = [
  ['xl/workbook', 'excel'],
  ['ppt/presentation', 'powerpoint'],
  ['mimetypeapplication/vnd.oasis.opendocument', 'open_document'],
  ['mimetypeapplication/epub', 'epub'],
]

/**
 * What the bytes are to be read as. Cheap enough for a request: it looks at marks and at the kinds of bytes, and unpacks nothing.
 * @throws AppError of a `knowledge.` code, whose detail is in our words only
 */
export async function sniffDocument(
  bytes: Uint8Array,
  name: string,
  declaredType: string | undefined,
): Promise<DocumentType> {
  if (bytes.byteLength > maxDocumentBytes) throw documentRefusal('too_many_bytes')
  if (bytes.byteLength === 0) throw documentRefusal('no_bytes')
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const extension = /\.([a-z0-9]{1,12})$/i.exec(name.trim())?.[1]?.toLowerCase()
  const said = lookUp(byExtension, extension) ?? lookUp(byMediaType, mediaTypeOf(declaredType))
  const found = documentWithMark(file, said)
  if (found !== undefined) return agreed(found, said)
  if (!isText(file)) throw await refusalOf(file, said)
  return textType({ file, extension, said })
}

function lookUp(table: Readonly<Record<string, DocumentType>>, key: string | undefined): DocumentType | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined
}

function mediaTypeOf(declared: string | undefined): string | undefined {
  return declared?.split(';')[0]?.trim().toLowerCase()
}

function documentWithMark(file: Buffer, said: DocumentType | undefined): DocumentType | undefined {
  const mark = file.subarray(0, pdfMarkWithin).indexOf('%PDF-')
  if (mark !== -1 && !(said !== 'pdf' && isInLine(file, mark) && isText(file))) return 'pdf'
  if (!isArchive(file)) return undefined
  const other = archives.find(([part]) => file.includes(part, 0, 'latin1'))
  // A part of a Word file makes it one even if a part of another is there, too: its reader judges the rest.
  if (file.includes('word/', 0, 'latin1')) return 'docx'
  if (other !== undefined) throw documentRefusal(other[1])
  throw documentRefusal(said === 'docx' ? 'docx_without_document' : 'archive')
}

/** In a text that tells of the mark other words stand before it. */
function isInLine(file: Buffer, at: number): boolean {
  return /[^\r\n]$/.test(file.toString('latin1', Math.max(0, at - 1), at))
}

function isArchive(file: Buffer): boolean {
  return ['PK\x03\x04', 'PK\x05\x06'].includes(file.toString('latin1', 0, 4))
}

function agreed(found: DocumentType, said: DocumentType | undefined): DocumentType {
  if (said === undefined || said === found) return found
  throw new AppError(
    'knowledge.type_mismatch',
    `The name or the media type says ${words[said]}, but the file is ${words[found]}; name it so and send it again.`,
  )
}

/** Text has no NUL and no other control characters, but in UTF-16, which begins with its mark. */
function isText(file: Buffer): boolean {
  if (isUtf16(file)) return true
  if (file.includes(0)) return false
  return !/[\x01-\x08\x0B\x0E-\x1A\x1C-\x1F\x7F]/.test(file.toString('latin1', 0, 65_536))
}

function isUtf16(file: Buffer): boolean {
  const mark = file.toString('hex', 0, 2)
  const isUtf32 = file.toString('hex', 0, 4) === 'fffe0000'
  return file.byteLength % 2 === 0 && !isUtf32 && (mark === 'fffe' || mark === 'feff')
}

function textType(options: {
  file: Buffer
  extension: string | undefined
  said: DocumentType | undefined
}): DocumentType {
  const { file, extension, said } = options
  const start = file
    .toString('latin1', 0, 512)
    .replace(/^\u00EF\u00BB\u00BF/, '')
    .trimStart()
  if (/^\{\\rtf/i.test(start)) throw documentRefusal('rich_text')
  const isHtml = /^(<!doctype html|<html)[\s>]/i.test(start)
  if (said === 'pdf' || said === 'docx') return agreed(isHtml ? 'html' : 'text', said)
  if (said === undefined && extension !== undefined && isNameOfBytes(extension))
    throw new AppError(
      'knowledge.type_mismatch',
      `The file is plain text, but its name says ${extension.toUpperCase()}; name it .txt and send it again.`,
    )
  // A page that was saved under .txt still has parts that no reader of the page sees.
  if (isHtml && (said === undefined || said === 'text')) return 'html'
  return said ?? 'text'
}

function isNameOfBytes(extension: string): boolean {
  return [...supportedExtensions].some((known) => known === extension)
}

async function refusalOf(file: Buffer, said: DocumentType | undefined): Promise<AppError> {
  const isOldOffice = file.toString('hex', 0, 8) === 'd0cf11e0a1b11ae1'
  if (isOldOffice && file.includes('EncryptedPackage', 0, 'utf16le')) return documentRefusal('docx_encrypted')
  if (said === undefined && isOldOffice) return documentRefusal('old_office')
  const kind = isOldOffice ? 'a file of an old Office program' : await nameOf(file)
  if (said === undefined && kind === undefined) return documentRefusal('unknown_bytes')
  const found = kind ?? 'no text and no document that is known here'
  const instead = 'send PDF, DOCX, HTML, Markdown, plain text or JSON'
  if (said === undefined) return new AppError('knowledge.type_unsupported', `This is ${found}; ${instead}.`)
  return new AppError(
    'knowledge.type_mismatch',
    `The name or the media type says ${words[said]}, but this is ${found}; ${instead}.`,
  )
}

/** `image/png` is "a PNG image"; the words come from the library's own closed list. */
async function nameOf(file: Buffer): Promise<string | undefined> {
  const found = await fileTypeFromBuffer(file.subarray(0, sampleBytes)).catch(() => undefined)
  if (found === undefined) return undefined
  const [family] = found.mime.split('/')
  const noun = family === 'image' || family === 'audio' || family === 'video' ? family : ''
  const short = found.ext.toUpperCase()
  const article = /^[AEFHILMNORSX]/.test(short) ? 'an' : 'a'
  return `${article} ${short} ${noun === 'image' ? 'image' : noun === '' ? 'file' : `${noun} file`}`
}
