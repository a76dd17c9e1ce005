import type { SessionEvent, SessionEventData } from '@hyponema/contract'
import { guardLabel } from './guard-label.ts'
import { endNotice, handOverNotice } from './notices.ts'
import type { Decision, TalkState, TalkTurn } from './talk-state.ts'

/** Puts one event of the stream into the state. Events of a turn that never began are ignored. */
export function applySessionEvent(state: TalkState, event: SessionEvent, nowMs: number): TalkState {
  switch (event.event) {
    case 'turn_start':
      return beginTurn(state, event.data)
    case 'token':
      return changeTurn(state, event.data.turn_id, (turn) => ({ ...turn, text: turn.text + event.data.text }))
    case 'tool_call':
      return beginTool(state, event.data)
    case 'tool_result':
      return finishTool(state, event.data)
    case 'guard':
      return stepIn(state, event.data)
    case 'escalation':
      return handOver(state, event.data.state)
    case 'turn_end':
      return endTurn(state, event.data, nowMs)
    case 'error':
      // The outcome of the message carries the same error, after the stream has ended.
      return state
  }
}

/** A turn that is known already is not shown twice. */
function beginTurn(
  state: TalkState,
  { turn_id: key, role }: Extract<SessionEvent, { event: 'turn_start' }>['data'],
): TalkState {
  if (state.turns.some((turn) => turn.key === key)) return state
  const isPersons = role === 'operator'
  // The agent is silent then, so nothing may say that it writes; words that come all the same are shown.
  const isSilent = !isPersons && state.talksTo === 'with_person' && state.voice === undefined
  const turn = {
    key,
    role: isPersons ? 'person' : 'agent',
    text: '',
    status: isSilent ? 'complete' : 'writing',
    runningTools: [],
    guards: [],
  } as const
  return { ...state, turns: [...state.turns, turn] }
}

/** A stream that is opened again repeats who talks; that is no news. */
function handOver(state: TalkState, talksTo: TalkState['talksTo']): TalkState {
  if (state.talksTo === talksTo) return state
  const isOver = state.phase === 'ending' || state.phase === 'ended'
  return { ...state, talksTo, notice: isOver ? state.notice : handOverNotice(talksTo) }
}

function changeTurn(state: TalkState, turnId: string, change: (turn: TalkTurn) => TalkTurn): TalkState {
  const turns = state.turns.map((turn) => (turn.key === turnId && turn.role !== 'user' ? change(turn) : turn))
  return { ...state, turns }
}

function addDecision(state: TalkState, decision: Decision): TalkState {
  return { ...state, decisions: [decision, ...state.decisions] }
}

/** A call id is the model's and may come again in a later turn. */
function toolKey(data: { turn_id: string; call_id: string }): string {
  return `${data.turn_id} ${data.call_id}`
}

function beginTool(state: TalkState, data: SessionEventData<'tool_call'>): TalkState {
  const { name, call_id: callId } = data
  const begun = changeTurn(state, data.turn_id, (turn) => ({
    ...turn,
    runningTools: [...turn.runningTools, { callId, name }],
  }))
  const call = { kind: 'tool', key: toolKey(data), name, status: 'running', result: undefined } as const
  return addDecision(begun, { ...call, arguments: data.arguments })
}

function finishTool(before: TalkState, data: SessionEventData<'tool_result'>): TalkState {
  const state = changeTurn(before, data.turn_id, (turn) => ({
    ...turn,
    runningTools: turn.runningTools.filter(({ callId }) => callId !== data.call_id),
  }))
  const key = toolKey(data)
  const { name, status, result } = data
  if (!state.decisions.some((decision) => decision.key === key)) {
    return addDecision(state, { kind: 'tool', key, name, status, arguments: undefined, result })
  }
  const decisions = state.decisions.map((decision) =>
    decision.key === key && decision.kind === 'tool' ? { ...decision, status, result } : decision,
  )
  return { ...state, decisions }
}

function stepIn(state: TalkState, data: SessionEventData<'guard'>): TalkState {
  const mark = { stage: data.stage, action: data.action, zone: data.zone } as const
  const marked = changeTurn(state, data.turn_id, (turn) => ({ ...turn, guards: [...turn.guards, mark] }))
  return addDecision(marked, {
    kind: 'guard',
    key: data.decision_id,
    mark,
    engineMs: data.engine_ms,
    charactersHeard: data.characters_heard,
  })
}

function endTurn(state: TalkState, data: SessionEventData<'turn_end'>, nowMs: number): TalkState {
  const finished = changeTurn(state, data.turn_id, (turn) => ({ ...turn, status: data.status, runningTools: [] }))
  if (data.session_status === 'in_progress' || data.session_status === 'pending') return finished
  if (finished.phase === 'ending' || finished.phase === 'ended') return finished
  const guard = finished.turns.find((turn) => turn.key === data.turn_id)?.guards.findLast(isFinal)
  const reason = guard === undefined ? 'The conversation has ended' : guardLabel(guard)
  return { ...finished, phase: 'ended', endedAtMs: nowMs, notice: endNotice(reason) }
}

function isFinal(mark: { action: string }): boolean {
  return mark.action === 'end' || mark.action === 'escalate'
}
