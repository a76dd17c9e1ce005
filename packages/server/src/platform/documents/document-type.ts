export const documentTypes = ['pdf', 'docx', 'html', 'markdown', 'text', 'json'] as const

/** What a document is read as; told by its bytes first (`sniffDocument`). */
export type DocumentType = (typeof documentTypes)[number]
