import { foldPlain } from './fold-plain.ts'

/** The words of a text, each between two blanks, so that one text can be looked for in another by whole words. */
export function readWords(text: string): string {
  return ` ${foldPlain(text)
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `
}
