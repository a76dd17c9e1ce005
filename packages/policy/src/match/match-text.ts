/** Every match of a whole text, for the stages that see one: phrases in all views, and what is looked for sentence by sentence. */
import type { MatchView } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { foldCodePoint } from '../fold/fold-code-point.ts'
import { MarkedWalker } from '../spoken/marked-walker.ts'
import { ExceptionWalker } from './exception-walker.ts'
import { allViews, type WalkerViews } from './phrase-walker.ts'
import type { PiiMark } from './sentence-finder.ts'
import { type SentencePiece, SentenceTracker } from './sentence-tracker.ts'

export interface TextMatch {
  readonly owner: number
  readonly start: number
  readonly end: number
  readonly view: MatchView
  readonly pii?: PiiMark
}

export function matchText(policy: CompiledPolicy, text: string, views: WalkerViews = allViews): readonly TextMatch[] {
  const phrases = new MarkedWalker(policy.phrases, views)
  const exceptions = policy.exceptions === null ? null : new ExceptionWalker(policy.exceptions)
  /** The text is all there, so a long sentence is read whole, and not in the windows that a stream needs. */
  const sentences = new SentenceTracker(false)
  const found: TextMatch[] = []
  let at = 0
  const readSentence = ({ start, end }: SentencePiece): void => {
    const hits = policy.sentences?.find(text.slice(start, end)) ?? []
    for (const hit of hits) found.push({ ...hit, start: start + hit.start, end: start + hit.end })
  }
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    const folded = foldCodePoint(codePoint)
    exceptions?.feed(folded, at)
    phrases.feed(folded, at)
    const piece = sentences.feed(codePoint, folded, at)
    if (piece !== null) readSentence(piece)
    at += character.length
  }
  exceptions?.endUtterance(at)
  phrases.endUtterance(at)
  const last = sentences.endUtterance(at)
  if (last !== null) readSentence(last)
  found.push(...phrases.hits)
  return found.filter((match) => !isExcepted(match, exceptions?.hits ?? []))
}

/** The match lies within an exception of its own zone. */
export function isExcepted(
  match: { readonly owner: number; readonly start: number; readonly end: number },
  exceptions: readonly { readonly owner: number; readonly start: number; readonly end: number }[],
): boolean {
  return exceptions.some(({ owner, start, end }) => owner === match.owner && start <= match.start && end >= match.end)
}

/** Of matches of one zone, those that lie in no other. */
export function longestMatches(matches: readonly TextMatch[]): readonly TextMatch[] {
  return matches.filter((match, index) => !matches.some((other, place) => covers(other, match, place < index)))
}

function covers(other: TextMatch, match: TextMatch, isEarlier: boolean): boolean {
  if (other === match || other.owner !== match.owner || other.start > match.start || other.end < match.end) return false
  return isEarlier || other.start < match.start || other.end > match.end
}
