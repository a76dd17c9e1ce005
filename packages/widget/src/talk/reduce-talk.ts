import type { SessionEvent, TalkSession } from '@hyponema/contract'
import type { MessageOutcome } from '../create-text-session.ts'
import type { Refusal } from '../read-refusal.ts'
import type { VoiceFact } from '../voice/voice-fact.ts'
import { applyHandedEvent, cutHandedTurns } from './apply-handed-event.ts'
import { applyOutcome } from './apply-outcome.ts'
import { applySessionEvent } from './apply-session-event.ts'
import { applyVoiceFact, firstVoiceState } from './apply-voice-fact.ts'
import { endNotice, expiredNotice, handOverNotice, openingNotice, unendedNotice } from './notices.ts'
import { initialTalkState, type TalkState } from './talk-state.ts'

export type TalkAction =
  | { readonly type: 'opening' }
  | { readonly type: 'opened'; readonly session: TalkSession; readonly nowMs: number; readonly expiresAtMs: number }
  /** Without a refusal: the server could not be reached. */
  | { readonly type: 'opening_failed'; readonly refusal: Refusal | undefined; readonly nowMs: number }
  /** Without text: the agent is asked to open the conversation. */
  | { readonly type: 'asked'; readonly key: string; readonly text: string | undefined }
  | { readonly type: 'event'; readonly event: SessionEvent; readonly nowMs: number }
  /** What is said between two messages of a typed conversation. */
  | { readonly type: 'handed'; readonly event: SessionEvent; readonly nowMs: number }
  /** The stream of it is gone, and comes again. */
  | { readonly type: 'handed_gap' }
  | {
      readonly type: 'answered'
      readonly outcome: MessageOutcome
      readonly text: string | undefined
      readonly nowMs: number
    }
  /** Voice: the person did something, so the browser lets the page be heard. */
  | { readonly type: 'starting' }
  /** Voice: typed words, on their way. */
  | { readonly type: 'typed'; readonly key: string; readonly text: string }
  | { readonly type: 'voice'; readonly fact: VoiceFact; readonly nowMs: number }
  | { readonly type: 'clock'; readonly nowMs: number }
  | { readonly type: 'ending' }
  | { readonly type: 'ended'; readonly nowMs: number }
  | { readonly type: 'ending_failed'; readonly refusal: Refusal | undefined; readonly nowMs: number }

/** The next state of the talk page. Pure: the time comes in, nothing goes out. */
export function reduceTalk(state: TalkState, action: TalkAction): TalkState {
  switch (action.type) {
    case 'opening':
      return initialTalkState
    case 'opened':
      return open(state, action)
    case 'opening_failed':
      return { ...state, phase: 'unopened', notice: openingNotice(action.refusal, action.nowMs) }
    case 'asked':
      return ask(state, action)
    case 'event':
      return applySessionEvent(state, action.event, action.nowMs)
    case 'handed':
      return applyHandedEvent(state, action.event, action.nowMs)
    case 'handed_gap':
      return cutHandedTurns(state)
    case 'answered':
      return expire(applyOutcome(state, action), action.nowMs)
    case 'starting':
      return state.phase === 'waiting' ? { ...state, phase: 'connecting', notice: undefined } : state
    case 'typed':
      return type(state, action)
    case 'voice':
      return applyVoiceFact(state, action.fact, action.nowMs)
    case 'clock':
      return expire(state, action.nowMs)
    case 'ending':
      return state.phase === 'ended' ? state : { ...state, phase: 'ending', notice: undefined }
    case 'ended':
      return state.phase === 'ended'
        ? state
        : { ...state, phase: 'ended', endedAtMs: action.nowMs, notice: endNotice('You ended the conversation') }
    case 'ending_failed':
      return { ...state, phase: 'ready', notice: unendedNotice(action.refusal, action.nowMs) }
  }
}

function open(state: TalkState, action: Extract<TalkAction, { type: 'opened' }>): TalkState {
  const { session, expiresAtMs, nowMs } = action
  const opened = { ...state, session, expiresAtMs, notice: undefined }
  if (session.voice === null) return { ...opened, phase: 'ready', startedAtMs: nowMs }
  // A ticket that was too old is replaced while the person is already waiting for the connection.
  if (state.phase === 'connecting') return opened
  return { ...opened, phase: 'waiting', voice: firstVoiceState(session.voice.listens) }
}

/** In a spoken conversation typed words cut in, so they are taken whoever is speaking. */
function type(state: TalkState, { key, text }: { key: string; text: string }): TalkState {
  const turn = { key, role: 'user', text, status: 'said', runningTools: [], guards: [] } as const
  const phase = state.phase === 'ready' ? 'answering' : state.phase
  return { ...state, phase, notice: undefined, returnedText: undefined, turns: [...state.turns, turn] }
}

function ask(state: TalkState, action: { key: string; text: string | undefined }): TalkState {
  const turns = state.turns.filter((turn) => turn.status !== 'unsent')
  // As long as a person answers, it stands there that one does.
  const notice = state.talksTo === 'with_person' ? handOverNotice('with_person') : undefined
  const asked = { ...state, phase: 'answering', notice, returnedText: undefined } as const
  if (action.text === undefined) return { ...asked, turns }
  const turn = {
    key: action.key,
    role: 'user',
    text: action.text,
    status: 'said',
    runningTools: [],
    guards: [],
  } as const
  return { ...asked, turns: [...turns, turn] }
}

/** An answer in progress is heard to its end: the server began it in time. */
function expire(state: TalkState, nowMs: number): TalkState {
  // Of a voice session it is the ticket that expires, which is spent by then; the session's own limits are the server's.
  if (
    state.phase !== 'ready' ||
    state.voice !== undefined ||
    state.expiresAtMs === undefined ||
    nowMs < state.expiresAtMs
  )
    return state
  return { ...state, phase: 'ended', endedAtMs: nowMs, notice: expiredNotice() }
}
