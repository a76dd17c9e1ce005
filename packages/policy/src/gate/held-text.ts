/**
 * Threat: text leaves before it is judged, or in another order than it came.
 * Rule: text waits here until an offset is named up to which it may go; what lies in a cut is dropped, and the block that
 * made the cut is handed out at the place where the cut begins.
 * On failure: nothing leaves; the owner drops the whole.
 */
import type { GateBlock, GateStep } from './gate-step.ts'

interface Cut {
  readonly start: number
  end: number
  block: GateBlock | null
}

export class HeldText {
  /** Offset of the first character that waits. */
  base: number
  private text = ''
  private cuts: Cut[] = []

  constructor(base: number) {
    this.base = base
  }

  get end(): number {
    return this.base + this.text.length
  }

  append(text: string): void {
    this.text += text
  }

  /** What waits between two offsets. */
  slice(start: number, end: number): string {
    return this.text.slice(Math.max(0, start - this.base), Math.max(0, end - this.base))
  }

  /** Everything from here on never came in. */
  truncate(offset: number): void {
    this.text = this.text.slice(0, Math.max(0, offset - this.base))
  }

  /** Withholds [start, end); an end that is not known yet is Infinity. */
  cut(start: number, end: number, block: GateBlock | null): void {
    const from = Math.max(start, this.base)
    const place = this.cuts.findIndex((other) => other.start > from)
    this.cuts.splice(place < 0 ? this.cuts.length : place, 0, { start: from, end, block })
  }

  /** The sentence that the open cuts withhold is over. */
  closeCuts(at: number): void {
    for (const cut of this.cuts) if (cut.end === Number.POSITIVE_INFINITY) cut.end = at
  }

  /** Forgets the beginning of what waits, when it lies in a cut that has no end yet. */
  dropHidden(upTo: number): void {
    const [first] = this.cuts
    if (first?.end === Number.POSITIVE_INFINITY && first.start <= this.base && first.block === null) this.drop(upTo)
  }

  get hasCuts(): boolean {
    return this.cuts.length > 0
  }

  /** Lets go of everything before the offset. */
  releaseTo(offset: number): GateStep[] {
    const steps: GateStep[] = []
    const upTo = Math.min(offset, this.end)
    for (const cut of this.cuts) {
      if (cut.start > upTo) break
      this.emit(cut.start, steps)
      if (cut.block !== null) steps.push(cut.block)
      cut.block = null
      this.drop(Math.min(cut.end, upTo))
    }
    this.emit(upTo, steps)
    if (this.cuts.length > 0) this.cuts = this.cuts.filter((cut) => cut.end > this.base || cut.block !== null)
    return steps
  }

  /** The blocks that have not been handed out, because text before them still waits. */
  takeBlocks(): readonly GateBlock[] {
    const blocks = this.cuts.flatMap(({ block }) => block ?? [])
    for (const cut of this.cuts) cut.block = null
    return blocks
  }

  /** Forgets all that waits. */
  clear(base: number): void {
    this.base = base
    this.text = ''
    this.cuts = []
  }

  private emit(upTo: number, steps: GateStep[]): void {
    if (upTo <= this.base) return
    const text = this.text.slice(0, upTo - this.base)
    steps.push({ kind: 'release', text, sourceStart: this.base, sourceEnd: upTo })
    this.drop(upTo)
  }

  private drop(upTo: number): void {
    if (upTo <= this.base) return
    this.text = this.text.slice(upTo - this.base)
    this.base = upTo
  }
}
