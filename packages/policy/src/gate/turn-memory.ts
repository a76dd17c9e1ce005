/** What the gate remembers over turns: in which turn each rule was hit, for strikes; and whose line was said last. */
import type { CompiledZone } from '../compile/compiled-policy.ts'

export interface TurnMemoryState {
  readonly turn: number
  readonly hits: Readonly<Record<string, readonly number[]>>
  readonly lastLine: string | null
}

export class TurnMemory {
  private turn: number
  private readonly hits: Map<string, readonly number[]>
  private lastLine: string | null

  constructor(
    state: TurnMemoryState = { turn: 0, hits: {}, lastLine: null },
    hits = new Map<string, readonly number[]>(Object.entries(state.hits)),
  ) {
    this.turn = state.turn
    this.hits = hits
    this.lastLine = state.lastLine
  }

  /** Counts hits in the same place, and remembers lines of its own. */
  sharingHits(): TurnMemory {
    return new TurnMemory({ turn: this.turn, hits: {}, lastLine: null }, this.hits)
  }

  userTookTurn(): void {
    this.turn += 1
    this.lastLine = null
  }

  /** Counts a hit, and says how many there were within the zone's window of turns, this one included. */
  countHit(zone: CompiledZone): number {
    if (zone.strikes === null) return 1
    const oldest = this.turn - zone.strikes.turns + 1
    const kept = (this.hits.get(zone.ruleId) ?? []).filter((turn) => turn >= oldest)
    /** More than the rule asks for changes nothing, and must not fill the memory. */
    const counted = [...kept, this.turn].slice(-zone.strikes.hits)
    this.hits.set(zone.ruleId, counted)
    return counted.length
  }

  /** How many hits of it there were within its window of turns, without the present event. */
  earlierHits(zone: CompiledZone): number {
    if (zone.strikes === null) return 0
    const oldest = this.turn - zone.strikes.turns + 1
    return (this.hits.get(zone.ruleId) ?? []).filter((turn) => turn >= oldest).length
  }

  /**
   * True when this rule's line is to be said here: always, unless nothing but separators has left since it was last said.
   * So there is always a line between what left before a withheld piece and what leaves behind it; without one, "do.dose.se"
   * would leave as "do..se", which is the withheld word again.
   */
  takeLine(ruleId: string): boolean {
    const isNew = this.lastLine !== ruleId
    this.lastLine = ruleId
    return isNew
  }

  /** Words of the reply have left since the last line. */
  wordsLeft(): void {
    this.lastLine = null
  }

  copy(): TurnMemoryState {
    return { turn: this.turn, hits: Object.fromEntries(this.hits), lastLine: this.lastLine }
  }
}
