import type { SessionEvent } from '@hyponema/contract'
import { applySessionEvent } from './apply-session-event.ts'
import type { TalkState } from './talk-state.ts'

/**
 * Puts one event of the stream between the messages into the state. A turn of it is a person's where one has taken over since
 * somebody was last called: their last words may come after the talk was given back, and must not look like the agent's.
 */
export function applyHandedEvent(state: TalkState, event: SessionEvent, nowMs: number): TalkState {
  if (state.phase === 'ended') return state
  if (event.event !== 'turn_start' || !state.hadPerson) return applySessionEvent(state, event, nowMs)
  const key = event.data.turn_id
  if (state.turns.some((turn) => turn.key === key)) return state
  const turn = { key, role: 'person', text: '', status: 'writing', runningTools: [], guards: [] } as const
  return { ...state, turns: [...state.turns, turn] }
}

/** The stream is gone, and with it the rest of what the person was saying. */
export function cutHandedTurns(state: TalkState): TalkState {
  if (!state.turns.some((turn) => turn.role === 'person' && turn.status === 'writing')) return state
  const turns = state.turns.map((turn) =>
    turn.role === 'person' && turn.status === 'writing' ? ({ ...turn, status: 'cut' } as const) : turn,
  )
  return { ...state, turns }
}
