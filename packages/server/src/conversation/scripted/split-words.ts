/** One word of a text: folded for comparing, with where it stands in the source. */
export type Word = { readonly folded: string; readonly start: number; readonly end: number }

/** Numbers keep an inner colon or point (9:30); words keep an inner apostrophe. Everything else separates. */
const wordPattern = /\p{N}+(?:[:.]\p{N}+)+|[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu

/** The words of a text, compared without case, compatibility forms and apostrophes: `Don’t` is `dont`, `9.30` is `9:30`. */
export function splitWords(text: string): readonly Word[] {
  return [...text.matchAll(wordPattern)].map((match) => ({
    folded: match[0].normalize('NFKC').toLowerCase().replaceAll(/['’]/g, '').replaceAll('.', ':'),
    start: match.index,
    end: match.index + match[0].length,
  }))
}
