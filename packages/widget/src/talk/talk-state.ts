/**
 * What the talk page knows, as plain data. `reduceTalk` is the only way from one state to the next; the views draw it.
 *
 *   opening -> ready <-> answering        a session was made; the person and the agent take turns
 *   opening -> unopened                   no session could be made; the notice says why
 *   ready | answering -> ending -> ended  the person ended it
 *   ready | answering -> ended            the agent, the guard, the server or the clock ended it
 *   unopened | ended -> opening           the person starts again
 *
 * An agent with a voice, before and beside that:
 *   opening -> waiting -> connecting      browsers are silent until the person does something; then the socket opens
 *   connecting -> ready | ended           it is live, or it could not be opened
 *   ready | answering <-> reconnecting    the socket was lost and is made again by itself
 */
import type { GuardAction, GuardStage, SessionEventData, TalkSession } from '@hyponema/contract'
import type { MicrophoneState } from '../voice/voice-microphone.ts'
import type { SoundState } from '../voice/voice-player.ts'

export type TalkPhase =
  | 'opening'
  | 'unopened'
  | 'waiting'
  | 'connecting'
  | 'ready'
  | 'answering'
  | 'reconnecting'
  | 'ending'
  | 'ended'

export type TalkTurn = {
  readonly key: string
  /** `person`: somebody who took over from the agent. */
  readonly role: 'agent' | 'user' | 'person'
  readonly text: string
  /** `uncertain`: the connection was lost before the server answered, so nobody here knows whether it has the message. `speaking`: the words may still change. */
  readonly status: 'speaking' | 'said' | 'unsent' | 'uncertain' | 'writing' | 'complete' | 'cut' | 'blocked'
  /** Several may run beside each other. */
  readonly runningTools: readonly RunningTool[]
  readonly guards: readonly GuardMark[]
}

export type RunningTool = { readonly callId: string; readonly name: string }

/** Where the guard stepped in. */
export type GuardMark = { readonly stage: GuardStage; readonly action: GuardAction; readonly zone: string }

export type Decision =
  | {
      readonly kind: 'guard'
      readonly key: string
      readonly mark: GuardMark
      readonly engineMs: number
      readonly charactersHeard: number
    }
  | {
      readonly kind: 'tool'
      readonly key: string
      readonly name: string
      readonly status: 'running' | 'ok' | 'failed' | 'unknown'
      /** JSON, only of a tool that is marked visible, and cleared. */
      readonly arguments: string | undefined
      readonly result: string | undefined
    }

export type NoticeAction = 'start_again' | 'send_again' | 'end_again'

/** What happened and what to do. `plain` is news, `fails` is something that did not work. */
export type Notice = {
  readonly tone: 'plain' | 'fails'
  readonly title: string
  readonly advice: string
  readonly action: NoticeAction | undefined
  /** The action is refused before this instant (from Retry-After). */
  readonly notBeforeMs: number | undefined
  readonly requestId: string | undefined
}

/** How it stands with speaking and listening. */
export type VoiceState = {
  /** False: there is no speech-to-text, so that people type. */
  readonly listens: boolean
  readonly microphone: MicrophoneState
  readonly sound: SoundState
  readonly agentSpeaks: boolean
  readonly personSpeaks: boolean
  /** Whether a socket was ever live: its token is spent then. */
  readonly isJoined: boolean
  /** What of the running words of the person will not change any more, and the turn they stand in. */
  readonly speech: { readonly key: string; readonly settled: string } | undefined
  readonly speechCount: number
}

export type TalkState = {
  readonly phase: TalkPhase
  readonly session: TalkSession | undefined
  /** Undefined: a text session. */
  readonly voice: VoiceState | undefined
  readonly startedAtMs: number | undefined
  readonly endedAtMs: number | undefined
  /** By this machine's clock. */
  readonly expiresAtMs: number | undefined
  readonly turns: readonly TalkTurn[]
  /** Newest first. */
  readonly decisions: readonly Decision[]
  readonly notice: Notice | undefined
  /** Who answers, as the server last said. */
  readonly talksTo: SessionEventData<'escalation'>['state']
  /** A message that was not taken and goes back into the message box, to be changed or sent again. */
  readonly returnedText: string | undefined
}

export const initialTalkState: TalkState = {
  phase: 'opening',
  session: undefined,
  voice: undefined,
  startedAtMs: undefined,
  endedAtMs: undefined,
  expiresAtMs: undefined,
  turns: [],
  decisions: [],
  notice: undefined,
  talksTo: 'with_agent',
  returnedText: undefined,
}
