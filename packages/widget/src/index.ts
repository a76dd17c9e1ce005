/** The browser's side of a session: what the talk page is built on, and what other pages may use. */
export { createTextSession, type MessageOutcome, type TextSession } from './create-text-session.ts'
export type { Refusal } from './read-refusal.ts'
export { TalkElement } from './talk/talk-element.ts'
export { createVoiceSession, type VoiceSession, type VoiceSessionOptions } from './voice/create-voice-session.ts'
export type { VoiceEnding } from './voice/voice-ending.ts'
export type { VoiceFact } from './voice/voice-fact.ts'
