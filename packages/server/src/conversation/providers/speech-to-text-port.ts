import type { AppError } from '../../kernel/app-error.ts'

/** Samples a second of everything that is listened to: signed 16 bit, little-endian, one channel (voice-runtime 2). */
export const listeningRate = 16_000
export const listeningBytesPerSecond = listeningRate * 2

/**
 * `interim`: the words since the last `final`, as far as they are understood; replaces the interim before it.
 * `final`: these words will not change; the next ones follow them. Never empty.
 * `endOfTurn`: the provider itself believes that the person has finished.
 * `finalized`: the answer to `finalize`, also when there was nothing to say: everything sent before it is final now.
 * `failed`: last of all; a `ProviderError` (auth, quota, rate, timeout, bad_request, unavailable) or one of the door.
 */
export type SpeechToTextEvent =
  | { readonly type: 'interim'; readonly text: string }
  | { readonly type: 'final'; readonly text: string; readonly endOfTurn: boolean }
  | { readonly type: 'finalized' }
  | { readonly type: 'failed'; readonly error: AppError }

export type SpeechToTextStream = {
  /** Hands audio on, in the order of time. What is sent before the connection stands is kept, the oldest dropped beyond 5 s. */
  readonly send: (pcm: Uint8Array) => void
  /** The person has paused: asks for everything so far as final, at once. */
  readonly finalize: () => void
  /** Ends the connection; no event comes afterwards. Twice is once. */
  readonly close: () => void
  /** Seconds of audio handed to the provider so far: what will be on its bill. */
  readonly secondsUsed: () => number
}

/**
 * Streaming recognition of one session. The words are the person's as somebody else wrote them down: data, never instructions.
 * Every wait has a deadline; what a provider may send is bounded. `onEvent` is never called inside `open` or `send`.
 */
export type SpeechToTextPort = {
  readonly open: (options: {
    readonly signal: AbortSignal
    readonly onEvent: (event: SpeechToTextEvent) => void
    /** What is spoken from now on, as a BCP 47 tag, where it is not what the port was made for. A port may not be able to. */
    readonly language?: string
  }) => SpeechToTextStream
}
