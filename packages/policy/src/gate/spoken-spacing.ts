/**
 * What stands between a canned line and the words beside it. It is part of what is judged, so it is decided here and not
 * where the text is sent: a blank on either side, and behind a line no punctuation that belonged to the words it replaced.
 */
export type SpokenSpacingState = 'space' | 'word' | 'line'

export class SpokenSpacing {
  /** What was said last. */
  private ends: SpokenSpacingState

  constructor(ends: SpokenSpacingState = 'space') {
    this.ends = ends
  }

  /** The text as it is said behind what was said last. It does not depend on how the text was cut. */
  text(released: string): string {
    const followsLine = this.ends === 'line'
    const text = followsLine ? released.replace(/^[.!?,;:\u2026]+/, '') : released
    if (text === '') return ''
    this.ends = /[\s\p{Ps}\p{Pi}]$/u.test(text) ? 'space' : 'word'
    return followsLine && !/^[\s\p{Pe}\p{Pf}]/u.test(text) ? ` ${text}` : text
  }

  /** The line as it would be said now. */
  line(line: string): string {
    return this.ends === 'space' ? line : ` ${line}`
  }

  lineSaid(): void {
    this.ends = 'line'
  }

  reset(): void {
    this.ends = 'space'
  }

  copy(): SpokenSpacingState {
    return this.ends
  }
}
