import type { VoiceEvents } from './voice-client.ts'

/** Of a socket that belongs to nobody any more. */
export const silentEvents: VoiceEvents = {
  onAudio: () => undefined,
  onText: () => undefined,
  onKeypad: () => undefined,
  onPlayback: () => undefined,
  onHangUp: () => undefined,
  onGone: () => undefined,
}
