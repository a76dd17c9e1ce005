import type { MessageOutcome } from '../create-text-session.ts'
import type { Refusal } from '../read-refusal.ts'
import { cutNotice, endNotice, failureNotice, lengthNotice, unansweredNotice } from './notices.ts'
import type { TalkState, TalkTurn } from './talk-state.ts'

/** After these the session takes no message any more. */
const endingCodes: ReadonlySet<string> = new Set([
  'session.not_live',
  'session.token_invalid',
  'session.turn_limit',
  'request.not_found',
])

type Answer = { outcome: MessageOutcome; text: string | undefined; nowMs: number }

/** Puts the ending of an answer into the state: what stays, what is offered again, what the person is told. */
export function applyOutcome(state: TalkState, answer: Answer): TalkState {
  const { outcome, nowMs } = answer
  if (state.phase !== 'answering') return closeOpenTurns(state)
  const ready = { ...closeOpenTurns(state), phase: 'ready' } as const
  switch (outcome.kind) {
    case 'finished':
      return wasCut(state) ? { ...ready, notice: lengthNotice() } : ready
    case 'aborted':
      return ready
    case 'cut':
      return { ...ready, notice: cutNotice() }
    case 'unanswered':
      return {
        ...markMessage(ready, 'uncertain', answer.text),
        returnedText: answer.text,
        notice: unansweredNotice(answer.text),
      }
    case 'refused':
      return refuse(ready, outcome.refusal, answer)
    case 'failed':
      if (endingCodes.has(outcome.error.code)) return end(ready, outcome.error.title, nowMs)
      return { ...ready, notice: failureNotice(readError(outcome.error), { nowMs, canRepeat: !toolRan(state) }) }
  }
}

/** The server ended the answer itself and the session goes on: the answer had become too long. */
function wasCut(state: TalkState): boolean {
  return state.turns.findLast((turn) => turn.role === 'agent')?.status === 'cut'
}

function refuse(state: TalkState, refusal: Refusal, answer: Answer): TalkState {
  const unsent = markMessage(state, 'unsent', answer.text)
  // The text waits in the box for the next session.
  if (endingCodes.has(refusal.code)) return { ...end(unsent, refusal.title, answer.nowMs), returnedText: answer.text }
  const notice = failureNotice(refusal, { nowMs: answer.nowMs, canRepeat: true })
  // What cannot succeed unchanged goes back into the box to be changed.
  return { ...unsent, notice, returnedText: refusal.retryable ? undefined : answer.text }
}

function end(state: TalkState, reason: string, nowMs: number): TalkState {
  return { ...state, phase: 'ended', endedAtMs: nowMs, notice: endNotice(reason) }
}

function readError(error: { code: string; title: string; retryable: boolean; request_id: string }): Refusal {
  const { code, title, retryable, request_id: requestId } = error
  return { code, title, retryable, requestId, status: 200, retryAfterSeconds: undefined }
}

/** What an answer had begun and not ended stays as it is on the page and is marked as cut. */
function closeOpenTurns(state: TalkState): TalkState {
  if (!state.turns.some(isOpenAnswer)) return state
  const turns = state.turns.map((turn) => (isOpenAnswer(turn) ? cut(turn) : turn))
  const decisions = state.decisions.map((decision) =>
    decision.kind === 'tool' && decision.status === 'running'
      ? ({ ...decision, status: 'unknown' } as const)
      : decision,
  )
  return { ...state, turns, decisions }
}

/** The words of a person come on a stream of their own and go on. */
function isOpenAnswer({ role, status }: TalkTurn): boolean {
  return role === 'agent' && status === 'writing'
}

function cut(turn: TalkTurn): TalkTurn {
  return { ...turn, status: 'cut', runningTools: [] }
}

function markMessage(state: TalkState, status: 'unsent' | 'uncertain', text: string | undefined): TalkState {
  if (text === undefined) return state
  const last = state.turns.findLastIndex((turn) => turn.role === 'user')
  return { ...state, turns: state.turns.map((turn, index) => (index === last ? { ...turn, status } : turn)) }
}

/** A tool of the failed answer may have changed something, so the same message is not offered again. */
function toolRan(state: TalkState): boolean {
  const open = state.turns.findLast((turn) => turn.role === 'agent' && turn.status === 'writing')
  return (
    open !== undefined &&
    state.decisions.some((decision) => decision.kind === 'tool' && decision.key.startsWith(`${open.key} `))
  )
}
