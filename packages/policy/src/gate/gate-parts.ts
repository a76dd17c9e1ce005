import { allViews, type WalkerViews } from '../match/phrase-walker.ts'

/** Parts of the gate that the mutation tests take out. Everything is on in the product. */
export interface GateParts {
  readonly views: WalkerViews
  readonly endFlush: boolean
  readonly carriedState: boolean
  /** What is heard before and behind a line is judged as one text (heard-judge.ts). */
  readonly lines: boolean
  /** Regexes know what was heard of a sentence that is not over. */
  readonly sentenceContext: boolean
  /** No part: the session's language as it is now. In it is said what stands in place of personal data. */
  readonly language?: () => string | undefined
}

export const allParts: GateParts = {
  views: allViews,
  endFlush: true,
  carriedState: true,
  lines: true,
  sentenceContext: true,
}
