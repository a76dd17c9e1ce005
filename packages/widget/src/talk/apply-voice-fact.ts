import type { VoiceEnding } from '../voice/voice-ending.ts'
import type { VoiceFact } from '../voice/voice-fact.ts'
import type { ConnectionState } from '../voice/voice-transport.ts'
import { applySessionEvent } from './apply-session-event.ts'
import type { TalkState, TalkTurn, VoiceState } from './talk-state.ts'
import { limitNotice, problemNotice, reconnectingNotice, spokenFailureNotice, voiceEndNotice } from './voice-notices.ts'

export function firstVoiceState(listens: boolean): VoiceState {
  return {
    listens,
    microphone: 'off',
    sound: 'waiting',
    agentSpeaks: false,
    personSpeaks: false,
    isJoined: false,
    speech: undefined,
    speechCount: 0,
  }
}

/** Puts one thing that happened in a voice conversation into the state. Nothing of it changes a conversation that is over. */
export function applyVoiceFact(state: TalkState, fact: VoiceFact, nowMs: number): TalkState {
  const { voice } = state
  if (voice === undefined) return state
  switch (fact.kind) {
    case 'microphone':
      return { ...state, voice: { ...voice, microphone: fact.state } }
    case 'sound':
      return { ...state, voice: { ...voice, sound: fact.state } }
    case 'listens':
      return { ...state, voice: { ...voice, listens: fact.listens } }
    case 'connection':
      return connect(state, voice, fact.state, nowMs)
    case 'speaking':
      return { ...state, voice: { ...voice, [fact.who === 'agent' ? 'agentSpeaks' : 'personSpeaks']: fact.speaks } }
    case 'heard':
      return hear(state, voice, fact)
    case 'reply':
    case 'tool':
      return applyToRunningTurn(state, fact, nowMs)
    case 'event':
      return applyEvent(state, fact.event, nowMs)
    case 'turn_end':
      return endTurn(state, fact, nowMs)
    case 'limit':
      return isOver(state) ? state : { ...state, notice: limitNotice(fact.limit, fact.secondsLeft) }
    case 'problem':
      return isOver(state) || state.notice !== undefined ? state : { ...state, notice: problemNotice(fact.words) }
  }
}

function isOver({ phase }: TalkState): boolean {
  return phase === 'ended' || phase === 'ending'
}

function connect(state: TalkState, voice: VoiceState, connection: ConnectionState, nowMs: number): TalkState {
  if (isOver(state)) return state
  switch (connection.kind) {
    case 'connecting':
      return state
    case 'live':
      return {
        ...state,
        phase: lastIsOfPerson(state) ? 'answering' : 'ready',
        startedAtMs: state.startedAtMs ?? nowMs,
        voice: { ...voice, isJoined: true },
        notice: state.phase === 'reconnecting' ? undefined : state.notice,
      }
    case 'reconnecting':
      return { ...cutRunning(quiet(state, voice)), phase: 'reconnecting', notice: reconnectingNotice() }
    case 'ended':
      return {
        ...settleSpeech(cutRunning(quiet(state, voice))),
        phase: 'ended',
        endedAtMs: nowMs,
        notice: endingNotice(state, connection.ending),
      }
  }
}

/** A failure that the server named before it let go says more than that it did. */
function endingNotice({ notice }: TalkState, ending: VoiceEnding): TalkState['notice'] {
  const ended = voiceEndNotice(ending)
  return ending.kind === 'ended' && notice?.tone === 'fails' ? { ...ended, ...notice, action: ended.action } : ended
}

/** Nobody is heard speaking over a socket that is gone. */
function quiet(state: TalkState, voice: VoiceState): TalkState {
  return { ...state, voice: { ...voice, agentSpeaks: false, personSpeaks: false } }
}

/** Words that may still change replace the ones before them; settled ones stay, and the next are put behind them. */
function hear(state: TalkState, voice: VoiceState, fact: { text: string; final: boolean }): TalkState {
  const speech = voice.speech ?? { key: `speech ${voice.speechCount + 1}`, settled: '' }
  const text = [speech.settled, fact.text].filter((part) => part !== '').join(' ')
  if (text === '') return state
  const turn: TalkTurn = { key: speech.key, role: 'user', text, status: 'speaking', runningTools: [], guards: [] }
  const turns =
    voice.speech === undefined
      ? [...state.turns, turn]
      : state.turns.map((one) => (one.key === speech.key ? turn : one))
  return {
    ...state,
    turns,
    voice: {
      ...voice,
      speech: { key: speech.key, settled: fact.final ? text : speech.settled },
      speechCount: voice.speech === undefined ? voice.speechCount + 1 : voice.speechCount,
    },
  }
}

/** The agent answers, so what the person said is said. */
function settleSpeech(state: TalkState): TalkState {
  const key = state.voice?.speech?.key
  if (state.voice === undefined || key === undefined) return state
  const turns = state.turns.map((turn) => (turn.key === key ? ({ ...turn, status: 'said' } as const) : turn))
  return { ...state, turns, voice: { ...state.voice, speech: undefined } }
}

function applyEvent(state: TalkState, event: Extract<VoiceFact, { kind: 'event' }>['event'], nowMs: number): TalkState {
  switch (event.event) {
    case 'turn_start': {
      const begun = applySessionEvent(cutRunning(settleSpeech(state)), event, nowMs)
      return isOver(begun) || begun.phase === 'reconnecting'
        ? begun
        : { ...begun, phase: 'answering', notice: undefined }
    }
    case 'guard':
    case 'escalation':
      return applySessionEvent(state, event, nowMs)
    case 'error': {
      const failed = cutRunning(settleSpeech(state))
      return isOver(failed) ? failed : { ...failed, phase: 'ready', notice: spokenFailureNotice(event.data) }
    }
  }
}

/** What was not heard is not part of the conversation, so it does not stay on the page either. */
function endTurn(state: TalkState, fact: Extract<VoiceFact, { kind: 'turn_end' }>, nowMs: number): TalkState {
  const { turn_id: turnId, status } = fact.event.data
  const heard =
    status === 'cut'
      ? state.turns.map((turn) =>
          turn.key === turnId ? { ...turn, text: turn.text.slice(0, fact.heardCharacters).trimEnd() } : turn,
        )
      : state.turns
  const ended = applySessionEvent({ ...state, turns: heard }, fact.event, nowMs)
  if (ended.phase !== 'answering' || lastIsOfPerson(ended)) return ended
  return { ...ended, phase: ended.turns.some((turn) => turn.status === 'writing') ? 'answering' : 'ready' }
}

/** Pieces of a reply and tool calls name no turn: they belong to the one that runs. */
function applyToRunningTurn(
  state: TalkState,
  fact: Extract<VoiceFact, { kind: 'reply' | 'tool' }>,
  nowMs: number,
): TalkState {
  const running = state.turns.findLast((turn) => turn.role !== 'user' && turn.status === 'writing')
  if (running === undefined) return state
  const turn = { turn_id: running.key }
  if (fact.kind === 'reply') {
    return applySessionEvent(state, { event: 'token', data: { ...turn, text: fact.text } }, nowMs)
  }
  const { callId, name, status, payload } = fact
  const call = { ...turn, call_id: callId, name }
  if (status === 'running') {
    const shown = payload === undefined ? {} : { arguments: payload }
    return applySessionEvent(state, { event: 'tool_call', data: { ...call, ...shown } }, nowMs)
  }
  const shown = payload === undefined ? {} : { result: payload }
  return applySessionEvent(state, { event: 'tool_result', data: { ...call, status, ...shown } }, nowMs)
}

function cutRunning(state: TalkState): TalkState {
  if (!state.turns.some((turn) => turn.status === 'writing')) return state
  return {
    ...state,
    turns: state.turns.map((turn) =>
      turn.status === 'writing' ? ({ ...turn, status: 'cut', runningTools: [] } as const) : turn,
    ),
    decisions: state.decisions.map((decision) =>
      decision.kind === 'tool' && decision.status === 'running'
        ? ({ ...decision, status: 'unknown' } as const)
        : decision,
    ),
  }
}

/** A message of the person waits for its answer. */
function lastIsOfPerson({ turns }: TalkState): boolean {
  const last = turns.at(-1)
  return last?.role === 'user' && last.status === 'said'
}
