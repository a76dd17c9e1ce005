/** The end of what has left in this turn, as far back as something may still reach; and how much of a match was in it. */
export interface HeardPiece {
  readonly start: number
  readonly text: string
  /** An utterance ended behind it. */
  readonly endsUtterance: boolean
}

export class HeardTail {
  private pieces: HeardPiece[] = []

  constructor(pieces: readonly HeardPiece[] = []) {
    this.pieces = [...pieces]
  }

  add(start: number, text: string): void {
    this.pieces.push({ start, text, endsUtterance: false })
  }

  endUtterance(at: number): void {
    const last = this.pieces.at(-1)
    if (last !== undefined && !last.endsUtterance) this.pieces.push({ start: at, text: '', endsUtterance: true })
  }

  /** Forgets the pieces that lie wholly before this. */
  forgetBefore(offset: number): void {
    if (this.pieces.length === 0) return
    const kept = this.pieces.findIndex(({ start, text }) => start + text.length > offset && text !== '')
    if (kept !== 0) this.pieces = kept < 0 ? [] : this.pieces.slice(kept)
  }

  /** Where the oldest piece begins that is kept. */
  get start(): number {
    return this.pieces[0]?.start ?? 0
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

  /** Where the text begins that left without a gap up to `offset`, but not before `from`; `offset` when there is none. */
  unbrokenStart(from: number, offset: number): number {
    let start = offset
    for (let index = this.pieces.length - 1; index >= 0 && start > from; index -= 1) {
      const piece = this.pieces[index]
      if (piece === undefined || piece.start >= start) continue
      if (piece.start + piece.text.length < start) break
      start = Math.max(from, piece.start)
    }
    return start
  }

  /** An utterance ended exactly here. */
  endsUtteranceAt(offset: number): boolean {
    return this.pieces.some(({ start, endsUtterance }) => endsUtterance && start === offset)
  }

  copy(): readonly HeardPiece[] {
    return [...this.pieces]
  }

  clear(): void {
    this.pieces = []
  }
}
