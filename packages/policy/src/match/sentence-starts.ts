/** Where the sentences begin that still wait, so that a match can be hidden from the beginning of its own. */
export class SentenceStarts {
  private starts: number[] = [0]

  restart(at: number): void {
    this.starts = [at]
  }

  /** The present sentence begins here. */
  note(start: number): void {
    if (start > (this.starts.at(-1) ?? 0)) this.starts.push(start)
  }

  /** The beginning of the sentence in which this offset lies. */
  before(offset: number): number {
    return this.starts.findLast((start) => start <= offset) ?? offset
  }

  /** Keeps the sentence in which this offset lies, and those behind it. */
  forgetBefore(offset: number): void {
    if (this.starts.length < 2) return
    const first = this.starts.findLastIndex((start) => start <= offset)
    if (first > 0) this.starts.splice(0, first)
  }
}
