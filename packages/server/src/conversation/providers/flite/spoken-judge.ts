/**
 * Judges what a voice makes of words that were cleared as they were written. Both say how many more characters of what they were
 * given may be said now (what is missing waits for what comes behind it); undefined is a refusal.
 */
export type SpokenJudge = {
  /** The text that the voice is given. */
  readonly asGiven: (text: string) => number | undefined
  /** The words that it makes of it, as they sound. */
  readonly asHeard: (words: string) => number | undefined
  /** The utterance ends: what still waited may be said; false is a refusal. */
  readonly end: () => boolean
}
