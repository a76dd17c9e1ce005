import type { ChunkWriter } from './chunk-writer.ts'
import { decodeText } from './decode-text.ts'
import type { ReadDocument } from './document-reader.ts'
import type { DocumentType } from './document-type.ts'

/** The reader of a type. Its library is loaded here and no other, before the process has seen a byte of the document. */
export async function loadReader(type: DocumentType): Promise<ReadDocument> {
  switch (type) {
    case 'text':
      return ofText((await import('./read-text.ts')).readText)
    case 'html':
      return ofText((await import('./html/read-html.ts')).readHtml)
    case 'markdown':
      return ofText((await import('./markdown/read-markdown.ts')).readMarkdown)
    case 'json':
      return ofText((await import('./read-json.ts')).readJson)
    case 'pdf':
      return (await import('./pdf/read-pdf.ts')).readPdf
    case 'docx':
      return (await import('./docx/read-docx.ts')).readDocx
  }
}

function ofText(read: (text: string, writer: ChunkWriter) => void): ReadDocument {
  return async ({ bytes, writer }) => {
    read(decodeText(bytes), writer)
    return null
  }
}
