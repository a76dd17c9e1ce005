import type { Cleared } from '../../kernel/cleared.ts'

/** Samples a second of everything that is spoken: signed 16 bit, little-endian, one channel (voice-runtime 2). */
export const speechRate = 24_000
export const speechBytesPerSecond = speechRate * 2

export type SpokenAudio = {
  /**
   * `speechRate` samples a second, s16le, one channel; whole samples; none where sound waits for the
   * words behind it. Nobody changes it afterwards.
   */
  readonly pcm: Uint8Array
  /**
   * How many characters of all units of this utterance are spoken once this piece has been played. Absent where the provider
   * does not tell; the player then estimates. Never falls, and reaches the sum of the units with the last piece.
   */
  readonly charactersSpoken?: number
}

/** What is said in one turn, unit by unit, as one breath of one voice. */
export type Utterance = {
  /** Says one more unit (a clause or a sentence) after those before it, and flushes it: its audio waits for no later one. */
  readonly say: (unit: Cleared) => void
  /** No more units come: `audio` ends behind the last one. */
  readonly end: () => void
  /**
   * Read once. Throws a `ProviderError` (auth, quota, rate, timeout, bad_request, unavailable), an `AppError` of the outbound
   * door, or the signal's reason. A unit without anything to speak (punctuation alone) may bring no audio.
   */
  readonly audio: AsyncIterable<SpokenAudio>
}

/**
 * The voice of one session. Only `Cleared` words reach it. Every wait has a deadline, what a provider may send is bounded, and
 * the utterances of one session are spoken one at a time.
 */
export type TextToSpeechPort = {
  /** Begins an utterance. When the signal aborts, the provider is told to stop, `audio` throws, and later audio is dropped. */
  readonly open: (signal: AbortSignal) => Utterance
  /** Characters handed to the provider so far: what will be on its bill. */
  readonly charactersUsed: () => number
  /** Ends connections and running utterances. Twice is once. */
  readonly close: () => void
}
