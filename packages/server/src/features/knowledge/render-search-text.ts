/**
 * A text as it is indexed and asked for: one form of each letter (a PDF's ligature is two; not every
 * server knows the small form of every capital), nothing that nobody sees between the
 * letters of a word, and no NUL, which PostgreSQL keeps in no text.
 */
export function renderSearchText(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll('\0', ' ')
}
