import type { HeardPiece } from './heard-tail.ts'
import type { TurnMemoryState } from './turn-memory.ts'

/** What another machine needs to go on: plain data, holds only text that has been heard. */
export interface MachineState {
  readonly position: number
  readonly heard: readonly HeardPiece[]
  /** Before this, `heard` is kept for regexes only. */
  readonly phrasesFrom: number
  readonly memory: TurnMemoryState
  readonly stopped: boolean
}
