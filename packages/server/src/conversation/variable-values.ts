/** As in the contract (sessions, agents): a longer one is cut, whatever way it came. */
const maxValueCharacters = 500
const lineBreaks = /[\t\n\r]+/g
const controlCharacters = /\p{Cc}/gu

/**
 * The session's variables as they are filled into lines (voice-runtime 7): data of at most 500 characters on one line, without
 * control characters. What is made of them goes through the output gate like everything else.
 */
export function variableValues(variables: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(variables).map(([name, value]) => [name, asData(value)]))
}

function asData(value: string): string {
  return value.slice(0, maxValueCharacters).toWellFormed().replaceAll(lineBreaks, ' ').replaceAll(controlCharacters, '')
}
