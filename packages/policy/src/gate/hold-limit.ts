/** Two printed pages. No sentence and no phrase is as long; a text that is, was built to be held. */
export const maxHeldCharacters = 4096

/** Thrown when a text would have to be held without end. */
export class HoldLimitError extends Error {
  override readonly name = 'HoldLimitError'
}
