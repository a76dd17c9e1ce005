import type { SessionEvent } from '@hyponema/contract'
import { applySessionEvent } from './apply-session-event.ts'
import type { TalkState } from './talk-state.ts'

/** Puts one event of the stream between the messages into the state. */
export function applyHandedEvent(state: TalkState, event: SessionEvent, nowMs: number): TalkState {
  return state.phase === 'ended' ? state : applySessionEvent(state, event, nowMs)
}

/** The stream is gone, and with it the rest of what the person was saying. */
export function cutHandedTurns(state: TalkState): TalkState {
  if (!state.turns.some((turn) => turn.role === 'person' && turn.status === 'writing')) return state
  const turns = state.turns.map((turn) =>
    turn.role === 'person' && turn.status === 'writing' ? ({ ...turn, status: 'cut' } as const) : turn,
  )
  return { ...state, turns }
}
