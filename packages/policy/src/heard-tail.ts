/** The end of what has left in this turn, as far back as a phrase may still reach; and how much of a match was in it. */
export interface HeardPiece {
  readonly start: number
  readonly text: string
  /** An utterance ended behind it. */
  readonly endsUtterance: boolean
}

export class HeardTail {
  private pieces: HeardPiece[] = []

  add(start: number, text: string): void {
    this.pieces.push({ start, text, endsUtterance: false })
  }

  endUtterance(at: number): void {
    if (this.pieces.length > 0) this.pieces.push({ start: at, text: '', endsUtterance: true })
  }

  /** Forgets what no live phrase reaches back to. */
  forgetBefore(offset: number): void {
    if (this.pieces.length === 0) return
    this.pieces =
      offset === Number.POSITIVE_INFINITY
        ? []
        : this.pieces.filter(({ start, text }) => start + text.length > offset || text === '')
    if (this.pieces.every(({ text }) => text === '')) this.pieces = []
  }

  charactersWithin(from: number, to: number): number {
    return this.pieces.reduce(
      (sum, { start, text }) => sum + Math.max(0, Math.min(to, start + text.length) - Math.max(from, start)),
      0,
    )
  }

  textWithin(from: number, to: number): string {
    return this.pieces.map(({ start, text }) => text.slice(Math.max(0, from - start), Math.max(0, to - start))).join('')
  }

  copy(): readonly HeardPiece[] {
    return [...this.pieces]
  }

  clear(): void {
    this.pieces = []
  }
}
