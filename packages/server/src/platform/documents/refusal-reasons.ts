import type { ErrorCode } from '@hyponema/contract'

type KnowledgeCode = Extract<ErrorCode, `knowledge.${string}`>

const send = 'send PDF, DOCX, HTML, Markdown, plain text or JSON'

/**
 * Why a document was not read: the code, and what the person who sent it should do, in our words only. The process that has read
 * a hostile document can choose among these and say nothing else.
 */
export const refusalReasons = {
  too_many_bytes: ['knowledge.too_large', 'The file is larger than 20 MiB; split it, or leave out its pictures.'],
  too_much_text: [
    'knowledge.too_large',
    'The document has more than 8,000,000 characters of text; split it into several documents.',
  ],
  too_many_chunks: [
    'knowledge.too_large',
    'The document has too many short sections (more than 20,000 passages); split it into several documents.',
  ],
  too_many_pages: ['knowledge.too_many_pages', 'The document has more than 2,000 pages; split it.'],
  no_bytes: ['knowledge.empty', 'The file is empty (0 bytes).'],
  no_text: ['knowledge.empty', 'The document has no text that a reader would see.'],
  no_text_in_pdf: [
    'knowledge.empty',
    'The PDF has no text that a reader could select: its pages are pictures, perhaps scans. Pictures are not read, nor is the invisible text that a scanner lays over them; export the PDF from the program that the text was written in.',
  ],
  pdf_encrypted: ['knowledge.encrypted', 'The PDF asks for a password; save a copy without a password and send that.'],
  docx_encrypted: [
    'knowledge.encrypted',
    'The Word file is protected by a password; save a copy without a password and send that.',
  ],
  archive_bomb: [
    'knowledge.bomb',
    'The Word file unpacks to far more than a document needs, or its parts overlap; save it anew from Word.',
  ],
  pdf_damaged: ['knowledge.unreadable', 'The PDF is damaged or incomplete; open it, export it anew and send that.'],
  docx_damaged: [
    'knowledge.unreadable',
    'The Word file is damaged or incomplete; open it in Word, save it anew and send that.',
  ],
  docx_without_document: [
    'knowledge.unreadable',
    'The file is an archive without the part that holds the text of a Word document (word/document.xml); save it anew as .docx.',
  ],
  docx_entities: [
    'knowledge.unreadable',
    'The Word file declares entities of its own (a document type), which Word never writes; save it anew from Word.',
  ],
  json_damaged: ['knowledge.unreadable', 'The JSON does not parse; check it and send it again.'],
  too_deep: [
    'knowledge.unreadable',
    'The document is nested deeper than any reader would follow (more than 200 levels); flatten it.',
  ],
  text_encoding: [
    'knowledge.unreadable',
    'The text is in an encoding that is not known here; save it as UTF-8 and send that.',
  ],
  reader_failed: [
    'knowledge.unreadable',
    'The document could not be read; open it in the program that it was written in, save it anew and send that.',
  ],
  took_too_long: [
    'knowledge.timeout',
    'Reading the document took too long; split it, or save it in a simpler form (plain text, Markdown).',
  ],
  took_too_much_memory: [
    'knowledge.memory',
    'Reading the document took too much memory; split it, or save it in a simpler form (plain text, Markdown).',
  ],
  archive: ['knowledge.type_unsupported', `This is a ZIP archive; ${send}, each by itself.`],
  excel: ['knowledge.type_unsupported', `This is an Excel workbook; export its sheets as CSV or PDF, or ${send}.`],
  powerpoint: ['knowledge.type_unsupported', `This is a PowerPoint file; export it as PDF, or ${send}.`],
  open_document: ['knowledge.type_unsupported', `This is an OpenDocument file; save it as .docx or PDF, or ${send}.`],
  epub: ['knowledge.type_unsupported', `This is an EPUB book; ${send}.`],
  old_office: [
    'knowledge.type_unsupported',
    `This is a file of an old Office program (.doc, .xls, .ppt), or one with a password; save it without one as .docx, or ${send}.`,
  ],
  rich_text: ['knowledge.type_unsupported', `This is a Rich Text (RTF) file; save it as .docx, or ${send}.`],
  unknown_bytes: ['knowledge.type_unsupported', `This is no text and no document that is known here; ${send}.`],
} as const satisfies Record<string, readonly [code: KnowledgeCode, detail: string]>

export type RefusalReason = keyof typeof refusalReasons
