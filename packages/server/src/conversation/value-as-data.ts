import { stripUnseen } from '@hyponema/policy'

/** As in the contract (sessions, agents): a longer one is cut, whatever way it came. */
const maxValueCharacters = 500
const lineBreaks = /[\t\n\r\u2028\u2029]+/g
const controlCharacters = /\p{Cc}/gu

/**
 * The value of a variable as it may stand in a line or in a prompt (voice-runtime 7): data of at most 500 characters on one line,
 * without controls and without what is not drawn. What is made of it goes through the output gate like everything else.
 */
export function valueAsData(value: string): string {
  const drawn = stripUnseen(value.slice(0, maxValueCharacters))
  return drawn.toWellFormed().replaceAll(lineBreaks, ' ').replaceAll(controlCharacters, '')
}
