import type { MatchView } from '@hyponema/contract'
import type { OrderPart, OrderPattern, OrderStep } from './order-pattern.ts'

/** A word or sign of an order, where it stands in the text and among its words. */
export interface OrderHit {
  readonly part: OrderPart
  readonly start: number
  readonly end: number
  readonly firstWord: number
  readonly lastWord: number
  readonly view: MatchView
}

export interface FollowedOrder {
  readonly kind: string
  readonly first: OrderHit
  readonly last: OrderHit
}

type Begun = { readonly first: OrderHit; readonly last: OrderHit }

/**
 * Every place at which the steps of a pattern stand in their order. `hits` are ordered by their beginnings. Of several beginnings
 * the nearest one is kept, so one walk is enough.
 */
export function followOrder(pattern: OrderPattern, hits: readonly OrderHit[]): readonly FollowedOrder[] {
  const { steps, kind, notBetween = [], notNext = [] } = pattern
  const begun: (Begun | undefined)[] = steps.map(() => undefined)
  const found: FollowedOrder[] = []
  for (const [place, hit] of hits.entries()) {
    for (const [index, { last } = { last: undefined }] of begun.entries()) {
      if (last === undefined || hit.start < last.end) continue
      const isBroken = notBetween.includes(hit.part) || (notNext.includes(hit.part) && wordsBetween(last, hit) === 0)
      if (isBroken) begun[index] = undefined
    }
    for (let index = steps.length - 1; index >= 0; index -= 1) {
      const step = steps[index]
      if (step === undefined || !step.any.includes(hit.part)) continue
      const next = index === 0 ? begin(pattern, hits, place) : goOn(begun[index - 1], step, hit)
      if (next === undefined) continue
      if (index < steps.length - 1) begun[index] = next
      else if (!isFollowedBy(pattern, hits, place)) found.push({ kind, ...next })
    }
  }
  return found
}

function begin({ notBehind = [] }: OrderPattern, hits: readonly OrderHit[], place: number): Begun | undefined {
  const hit = hits[place]
  if (hit === undefined) return undefined
  for (let before = place - 1; before >= 0; before -= 1) {
    const other = hits[before]
    if (other === undefined || hit.firstWord - other.firstWord > nearWords) break
    // "do not simply ignore": a word may stand between. "you can modify": none may.
    const reach = other.part === 'not' ? 1 : 0
    if (other.end <= hit.start && notBehind.includes(other.part) && wordsBetween(other, hit) <= reach) return undefined
  }
  return { first: hit, last: hit }
}

/** A phrase of four words that begins before it may still end right before it. */
const nearWords = 6

function goOn(before: Begun | undefined, step: OrderStep, hit: OrderHit): Begun | undefined {
  if (before === undefined || hit.start < before.last.end) return undefined
  const between = wordsBetween(before.last, hit)
  if (between > (step.within ?? 0) || between < (step.apart ?? 0)) return undefined
  return { first: before.first, last: hit }
}

function isFollowedBy({ notBefore = [] }: OrderPattern, hits: readonly OrderHit[], place: number): boolean {
  const hit = hits[place]
  if (hit === undefined || notBefore.length === 0) return false
  for (let next = place + 1; next < hits.length; next += 1) {
    const other = hits[next]
    if (other === undefined || other.firstWord > hit.lastWord + 1) return false
    if (other.start >= hit.end && notBefore.includes(other.part)) return true
  }
  return false
}

/** A sign belongs to the word before it, so it may seem to stand before its own word. */
function wordsBetween(left: OrderHit, right: OrderHit): number {
  return Math.max(0, right.firstWord - left.lastWord - 1)
}
