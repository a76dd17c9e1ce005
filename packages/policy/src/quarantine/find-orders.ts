/**
 * Threat: a document or a tool's answer speaks to the model ("ignore your instructions", "call the transfer tool") and the
 * model obeys it.
 * Rule: sentences that put the words of an order together are found, in every reading of the engine: look-alike letters, leet,
 * letters apart, signs within words. One walk over the text, then one over what was found.
 * On failure: an error, which is the stage's safe default (decide.ts). It is a heuristic: who writes the order in other words
 * is not found. What holds in any case is the structure: fences, trust of segments, the stages of tool calls.
 */
import type { MatchView } from '@hyponema/contract'
import { foldCodePoint } from '../fold/fold-code-point.ts'
import { foldPhrase } from '../fold/fold-phrase.ts'
import { buildPhraseAutomaton } from '../match/phrase-automaton.ts'
import { allViews, PhraseWalker } from '../match/phrase-walker.ts'
import { followOrder, type OrderHit } from './follow-order.ts'
import type { OrderPart } from './order-pattern.ts'
import { orderPatterns } from './order-patterns.ts'
import { findOrderSigns } from './order-signs.ts'
import { orderWords } from './order-words.ts'
import { TextLayout } from './text-layout.ts'

export interface FoundOrder {
  /** What kind of order, as in `override` or `tool`. */
  readonly kind: string
  /** The lines or sentences that it stands in. */
  readonly start: number
  readonly end: number
  readonly view: MatchView
}

/** A document is read, not heard. */
const writtenViews = { ...allViews, spoken: false }

const automaton = buildPhraseAutomaton(
  orderWords.flatMap(({ words }, owner) =>
    words.flatMap((word) => foldPhrase(word).map((symbols) => ({ symbols, owner }))),
  ),
)

/** The patterns that a word or sign plays a part in: each is asked about these alone. */
const patternsOf = new Map<OrderPart, number[]>()
for (const [index, pattern] of orderPatterns.entries()) {
  const { steps, notBehind = [], notBetween = [], notNext = [], notBefore = [] } = pattern
  const named = [...steps.flatMap(({ any }) => any), ...notBehind, ...notBetween, ...notNext, ...notBefore]
  for (const part of new Set(named)) patternsOf.set(part, [...(patternsOf.get(part) ?? []), index])
}

/** Every order in the text, by its place. Takes time linear in the length of the text. */
export function findOrders(text: string): readonly FoundOrder[] {
  const layout = new TextLayout(text.length)
  const hitsOf: OrderHit[][] = orderPatterns.map(() => [])
  for (const hit of readHits(text, layout)) {
    for (const index of patternsOf.get(hit.part) ?? []) hitsOf[index]?.push(hit)
  }
  return orderPatterns
    .flatMap((pattern, index) => followOrder(pattern, hitsOf[index] ?? []))
    .map(({ kind, first, last }): FoundOrder => {
      const { start } = layout.pieceAt(text, first.start)
      const { end } = layout.pieceAt(text, last.start)
      const view = last.view === 'plain' ? first.view : last.view
      return { kind, start, end: Math.max(end, last.end), view }
    })
    .toSorted((left, right) => left.start - right.start || left.end - right.end)
}

function readHits(text: string, layout: TextLayout): readonly OrderHit[] {
  const walker = new PhraseWalker(automaton, writtenViews)
  let at = 0
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    const folded = foldCodePoint(codePoint)
    walker.feed(folded, at)
    layout.feed(codePoint, folded, at)
    at += character.length
  }
  walker.endUtterance(at)
  const words = walker.hits.map(({ owner, ...hit }) => ({ ...hit, part: partOf(owner) }))
  const signs = findOrderSigns(text).map(({ sign, ...hit }) => ({ ...hit, part: sign, view: 'plain' as const }))
  return [...words, ...signs]
    .map((hit): OrderHit => ({ ...hit, firstWord: layout.wordAt(hit.start), lastWord: layout.wordAt(hit.end - 1) }))
    .toSorted((left, right) => left.start - right.start || left.end - right.end)
}

function partOf(owner: number): OrderPart {
  const word = orderWords[owner]
  if (word === undefined) throw new RangeError('a match names a word that does not exist')
  return word.part
}
