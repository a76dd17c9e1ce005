/** A sentence and its clauses: what is meant may stand in one of them, among much else. */
const breaks = /[,;:()\u2013\u2014]+|\s-\s|\s(?:but|and|because|so|aber|und|weil|denn|mais|et|car|pero|porque|y)\s/iu
/** Of two words nobody can say what they are like. */
const fewestWords = 3
/** A sentence with more of them is a list. */
const mostParts = 12

export function sentenceParts(sentence: string): readonly string[] {
  const clauses = sentence.split(breaks).filter((part) => part.trim().split(/\s+/u).length >= fewestWords)
  return clauses.length < 2 ? [sentence] : [sentence, ...clauses.slice(0, mostParts)]
}
