/** Uneven on purpose, so that the cuts fall inside words, on spaces and around them. */
const tokenLengths = [3, 1, 4, 2, 3, 1, 2] as const

/** Cuts a text into tokens of one to four characters, always the same ones for the same text. Never inside a code point. */
export function* splitTokens(text: string): Generator<string, void, undefined> {
  const characters = [...text]
  let start = 0
  for (let turn = 0; start < characters.length; turn += 1) {
    const length = tokenLengths[turn % tokenLengths.length] ?? 1
    yield characters.slice(start, start + length).join('')
    start += length
  }
}
