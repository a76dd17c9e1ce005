import type { OwnVoiceMessage, SessionEvent } from '@hyponema/contract'
import type { MicrophoneState } from './voice-microphone.ts'
import type { SoundState } from './voice-player.ts'
import type { ConnectionState } from './voice-transport.ts'

type Limit = Extract<OwnVoiceMessage, { type: 'limit' }>

/**
 * What happens in a voice conversation, one thing at a time and in order. Words in it are text of a person or a model: to be
 * shown as text, never as markup.
 */
export type VoiceFact =
  | { readonly kind: 'connection'; readonly state: ConnectionState }
  /** A turn begins, ends or fails, or the guard stepped in: the same facts that a text session sends. */
  | {
      readonly kind: 'event'
      readonly event: Extract<SessionEvent, { event: 'turn_start' | 'guard' | 'escalation' | 'error' }>
    }
  | {
      readonly kind: 'turn_end'
      readonly event: Extract<SessionEvent, { event: 'turn_end' }>
      /** How much of the turn's text was heard, in UTF-16 units. */
      readonly heardCharacters: number
    }
  /** The next piece of the running turn. */
  | { readonly kind: 'reply'; readonly text: string }
  /** The person's own words: interim ones replace the interim ones before, final ones stay. */
  | { readonly kind: 'heard'; readonly text: string; readonly final: boolean }
  | {
      readonly kind: 'tool'
      readonly name: string
      readonly callId: string
      readonly status: 'running' | 'ok' | 'failed'
      /** JSON: what a visible tool was asked where it runs, what it answered where it has ended. */
      readonly payload: string | undefined
    }
  | { readonly kind: 'speaking'; readonly who: 'agent' | 'person'; readonly speaks: boolean }
  | { readonly kind: 'limit'; readonly limit: Limit['limit']; readonly secondsLeft: number | null }
  /** Whether the agent can hear: without speech-to-text people type. */
  | { readonly kind: 'listens'; readonly listens: boolean }
  /** The server reports a failure in words of its catalogue. */
  | { readonly kind: 'problem'; readonly words: string }
  | { readonly kind: 'microphone'; readonly state: MicrophoneState }
  | { readonly kind: 'sound'; readonly state: SoundState }
