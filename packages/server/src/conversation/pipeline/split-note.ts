/** As for every piece of a document (judge-piece.ts). */
export const maxPieceCharacters = 4000

/** A note in pieces of at most 4,000 characters, cut where a paragraph, a line, a sentence or at least a word ends. */
export function splitNote(text: string): readonly string[] {
  const pieces: string[] = []
  let at = 0
  while (text.length - at > maxPieceCharacters) {
    const window = text.slice(at, at + maxPieceCharacters)
    // Not in its first half, or a note of one long sentence would fall apart into many pieces.
    const end = ends.map((mark) => window.lastIndexOf(mark) + mark.length).find((place) => place > window.length / 2)
    const length = end ?? window.toWellFormed().replace(/\ufffd$/, '').length
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return [...pieces, text.slice(at)]
}

const ends = ['\n\n', '\n', '. ', ' '] as const
