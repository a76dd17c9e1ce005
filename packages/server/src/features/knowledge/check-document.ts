import { AppError } from '../../kernel/app-error.ts'
import type { DocumentType } from '../../platform/documents/document-type.ts'
import { sniffDocument } from '../../platform/documents/sniff-document.ts'

const mediaTypes = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  html: 'text/html',
  markdown: 'text/markdown',
  text: 'text/plain',
  json: 'application/json',
} as const satisfies Record<DocumentType, string>

/**
 * The media type of what was sent, told by its bytes; from here on it is read as that, whatever it is called. What is not read
 * is refused at `pointer`, with a sentence on what to send instead.
 */
export async function checkDocument(
  document: { readonly bytes: Uint8Array; readonly name: string; readonly declaredType: string | undefined },
  pointer: string,
): Promise<string> {
  try {
    return mediaTypes[await sniffDocument(document.bytes, document.name, document.declaredType)]
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('knowledge.')) throw error
    throw new AppError(error.code, error.message, { errors: [{ pointer, detail: error.message }], cause: error })
  }
}

/** The media type under which a text of this type is sent. */
export function mediaTypeOf(type: DocumentType): string {
  return mediaTypes[type]
}
