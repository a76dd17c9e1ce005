import type { RandomBytes } from '../platform/crypto/random-bytes.ts'

/**
 * What one session marks its prompts with, so that nobody who writes a document or a tool's answer can know it. Lives as long as
 * the session, and in memory only.
 */
export type PromptMarks = {
  /** One private-use character. Stands in place of each blank in text of documents and tools: what has it is information. */
  readonly data: string
  /** A part of the mark of every fence. */
  readonly fence: string
  /** A word that stands in the system text and nowhere else: where it turns up, the prompt is leaking. */
  readonly canary: string
}

/** Two letters that begin hardly a word: what a stream may have to hold back for the canary is next to nothing. */
const canaryStart = 'qz'
/** Without the first letter of the start, so that no part of the word can be its beginning again. */
const canaryLetters = 'abcdefghijklmnoprstuvwxyz234567'
const canaryLength = 16
/** The private-use characters of the basic plane but the last 256, which some fonts draw. */
const firstMark = 0xe000
const markCount = 0x1800

/** New marks for a session. */
export function makePromptMarks(randomBytes: RandomBytes): PromptMarks {
  const [high = 0, low = 0, ...letters] = randomBytes(2 + canaryLength)
  const word = letters.map((byte) => canaryLetters[byte % canaryLetters.length]).join('')
  return {
    data: String.fromCharCode(firstMark + ((high * 256 + low) % markCount)),
    fence: randomBytes(16).toString('hex'),
    canary: canaryStart + word,
  }
}
