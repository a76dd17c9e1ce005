/** In letters of usual words: a sentence of the longest length that the splitter makes is one piece. */
const maxCost = 320
/** Read one by one: the name of a digit is a word, that of a letter half of one. */
const digitCost = 6
const spelledLetterCost = 5

/**
 * Cuts text into pieces that cost flite about as much time as 300 letters of usual words at most: 300 digits cost six times that,
 * and the thread cannot be stopped in the middle of a piece. The pieces, put together, are the text but for blanks at the cuts.
 */
export function affordablePieces(text: string): readonly string[] {
  const pieces: string[] = []
  let piece = ''
  let cost = 0
  for (const token of text.split(' ').flatMap(cutToken)) {
    const more = costOf(token) + 1
    if (piece !== '' && cost + more > maxCost) {
      pieces.push(piece)
      piece = ''
      cost = 0
    }
    piece = piece === '' ? token : `${piece} ${token}`
    cost += more
  }
  return piece === '' ? pieces : [...pieces, piece]
}

/** A word that costs too much by itself is cut anywhere. */
function cutToken(token: string): readonly string[] {
  if (costOf(token) <= maxCost) return [token]
  const length = Math.floor(maxCost / Math.max(digitCost, spelledLetterCost))
  return token.match(new RegExp(`.{1,${length}}`, 'gs')) ?? []
}

function costOf(token: string): number {
  const digits = token.match(/\d/g)?.length ?? 0
  const perLetter = /[aeiouy]/i.test(token) ? 1 : spelledLetterCost
  return digits * digitCost + (token.length - digits) * perLetter
}
