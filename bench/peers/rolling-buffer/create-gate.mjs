/**
 * A rolling buffer as it is usually built: the last 20 characters wait, a case-insensitive regex of whole words runs on what
 * waits, and everything older leaves. A phrase longer than the buffer has lost its head by the time it is complete.
 */
const bufferCharacters = 20

export function createGate(phrases) {
  const escaped = phrases.map((phrase) => phrase.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${escaped.join('|')})(?![\\p{L}\\p{N}_])`, 'iu')
  return {
    run: async (pieces) => {
      let buffer = ''
      let released = ''
      for (const piece of pieces) {
        buffer += piece
        const match = pattern.exec(buffer)
        if (match !== null && match.index + match[0].length < buffer.length) return released + buffer.slice(0, match.index)
        const surplus = Math.max(0, buffer.length - bufferCharacters)
        released += buffer.slice(0, surplus)
        buffer = buffer.slice(surplus)
      }
      const match = pattern.exec(buffer)
      return released + (match === null ? buffer : buffer.slice(0, match.index))
    },
  }
}
