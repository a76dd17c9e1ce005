/** What a chunk aims at: a few sentences, which is about what answers a question. */
export const aimedCharacters = 800
export const maxChunkCharacters = 1_500

/** A cut before that leaves a piece that says too little by itself. */
const leastCharacters = 200
const sentenceEnds = /\n|[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+[」』”]?/gu

/**
 * Where to cut a text that is longer than a chunk may be: the end of a line or a sentence nearest to the aim, else the last blank,
 * else (a "word" longer than a chunk) at the cap, never inside a character. Looks at the first 1,501 characters only, so that a
 * text of any length is cut in linear time.
 */
export function cutText(text: string): number {
  const window = text.slice(0, maxChunkCharacters + 1)
  let before = 0
  let after = 0
  for (const match of window.matchAll(sentenceEnds)) {
    const end = match.index + match[0].length
    if (end > maxChunkCharacters) break
    if (end > aimedCharacters) {
      after = end
      break
    }
    before = end
  }
  const isBeforeNearer = after === 0 || aimedCharacters - before <= after - aimedCharacters
  if (before >= leastCharacters && isBeforeNearer) return before
  if (after > 0) return after
  const blank = Math.max(window.lastIndexOf(' '), window.lastIndexOf('\n'))
  if (blank > 0) return blank
  return isLowSurrogate(window.charCodeAt(maxChunkCharacters)) ? maxChunkCharacters - 1 : maxChunkCharacters
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
