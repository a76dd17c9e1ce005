import type { PlaybackReport, VoiceCloseCode, VoiceMessage } from '@hyponema/contract'

/** The client's side of a voice session as the conversation sees it: one socket, from `client-ready` to its end. */
export type VoiceClient = {
  /** Hands a message on. Never waits: a client that does not read is closed by its own bound. */
  readonly send: (message: VoiceMessage) => void
  /**
   * Set where sound is encoded on its way: `sendAudio` then takes pieces of 20 ms, of which so much comes out with the next one.
   */
  readonly encoderDelayMs: number | undefined
  /** Other speech begins: nothing of what was sent before may be in what is sent from now on. */
  readonly beginSpeech: () => void
  /** 24 kHz s16le, one channel, whole samples; paced by the caller. False: the client is too far behind, and it was dropped. */
  readonly sendAudio: (pcm: Uint8Array) => boolean
  /** What was sent and not played is to be dropped: frame 5 to a client that announced it, else `bot-interruption`. */
  readonly interrupt: () => void
  /** Everything handed on before is sent first. Twice is once. */
  readonly close: (code: VoiceCloseCode, reason: string) => void
}

/** What a client tells, checked and bounded already. */
export type VoiceEvents = {
  /** 16 kHz s16le, one channel, of any length of whole samples; other rates have been resampled. */
  readonly onAudio: (pcm: Uint8Array) => void
  readonly onText: (message: TypedMessage) => void
  /** One or more keys of a keypad. */
  readonly onKeypad: (digits: string) => void
  readonly onPlayback: (report: PlaybackReport) => void
  /** `disconnect-bot`: the person has ended the conversation. */
  readonly onHangUp: () => void
  /** The socket is gone, whoever closed it. Called once, and nothing after it. */
  readonly onGone: () => void
}

export type TypedMessage = {
  readonly text: string
  /** True cuts what the agent is saying; false waits for its end. */
  readonly interrupts: boolean
  /** False: the answer is wanted as text only. */
  readonly spoken: boolean
}
