/**
 * Threat: an exception written for one phrase lets another pass, or lets it pass in disguise.
 * Rule: a match does not count when it lies within an exception of its own zone, written plainly; a match that an exception
 * may still come to cover waits for it, within the utterance; and one that is covered waits until nothing can withhold a
 * part of its exception any more.
 * On failure: an exception that does not come to its end is none; the match counts.
 */
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { FoldedCodePoint } from '../fold/fold-code-point.ts'
import { ExceptionWalker } from './exception-walker.ts'
import { isExcepted, longestMatches, type TextMatch } from './match-text.ts'

/** Whether the topic of this rule is to be left alone in this turn of the user. */
export type IsResting = (ruleId: string) => boolean

export class ExceptionFilter {
  private readonly policy: CompiledPolicy
  private readonly isResting: IsResting
  private readonly walker: ExceptionWalker | null
  private waiting: TextMatch[] = []
  /** Matches that an exception covers of which a part may still be withheld. */
  private excused: TextMatch[] = []

  constructor(policy: CompiledPolicy, isResting: IsResting = () => true) {
    this.policy = policy
    this.isResting = isResting
    this.walker = policy.exceptions === null ? null : new ExceptionWalker(policy.exceptions)
  }

  feed(folded: FoldedCodePoint, at: number): void {
    this.walker?.feed(folded, at)
  }

  endUtterance(at: number): void {
    this.walker?.endUtterance(at)
  }

  get hasWaiting(): boolean {
    return this.waiting.length > 0 || this.excused.length > 0
  }

  /** Where the first match begins that waits, or Infinity. */
  earliestWaiting(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.waiting.map(({ start }) => start))
  }

  /** Where the first match begins whose exception may still be withheld in part, or Infinity. */
  earliestExcused(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.excused.map(({ start }) => start))
  }

  /** Where the first exception began that may still come to its end, or Infinity. */
  earliestOpen(): number {
    return this.walker?.earliestStart() ?? Number.POSITIVE_INFINITY
  }

  /** Those of the new and the waiting matches that count now. */
  settle(given: readonly TextMatch[], isLast: boolean): readonly TextMatch[] {
    const found = this.withoutSilentTopics(given)
    if (this.walker === null) return found
    const all = [...this.waiting, ...this.excused, ...longestMatches(found)]
    for (;;) {
      const liveException = isLast ? Number.POSITIVE_INFINITY : this.walker.earliestStart()
      const mayBeCovered = (match: TextMatch): boolean =>
        this.policy.zones[match.owner]?.hasExceptions === true && liveException <= match.start
      const open = all.filter((match) => !this.covers(match))
      const counting = open.filter((match) => !mayBeCovered(match))
      /** What counts is withheld, and takes the exceptions with it that it is a part of; so others may count now. */
      if (counting.some(({ start, end }) => this.dropExceptions(start, end))) continue
      this.waiting = open.filter(mayBeCovered)
      this.excused = all.filter((match) => this.covers(match))
      return counting
    }
  }

  /** Those of the matches that no complete exception covers. */
  excuse(given: readonly TextMatch[]): readonly TextMatch[] {
    const found = this.withoutSilentTopics(given)
    const counting = found.filter((match) => !this.covers(match))
    if (counting.length < found.length) this.excused.push(...found.filter((match) => this.covers(match)))
    return counting
  }

  /** A topic that does not rest is talked about like anything else. */
  private withoutSilentTopics(found: readonly TextMatch[]): readonly TextMatch[] {
    if (found.length === 0) return found
    return found.filter(({ owner }) => {
      const zone = this.policy.zones[owner]
      return zone?.isTopic !== true || this.isResting(zone.ruleId)
    })
  }

  /** Nothing that begins before `point` will be withheld any more, but for what waits here. */
  forgetSafe(point: number): void {
    for (let safeBefore = point; this.excused.length > 0; ) {
      const unsafe = this.excused.filter((match) => !this.covers(match, safeBefore))
      const reach = Math.min(safeBefore, ...unsafe.map(({ start }) => start))
      if (reach === safeBefore) {
        this.excused = unsafe
        return
      }
      safeBefore = reach
    }
  }

  /** What waits, when there is nothing left to wait for. */
  takeWaiting(): readonly TextMatch[] {
    return this.waiting.splice(0)
  }

  /** No match that begins before this comes any more. */
  forgetBefore(reach: number): void {
    const covered = this.walker?.hits ?? []
    if (covered.length > 0) covered.splice(0, covered.length, ...covered.filter(({ end }) => end > reach))
  }

  /** What is withheld is not heard, so an exception that reaches into it is none; and a match in it needs none. */
  dropWithin(from: number, to: number): void {
    this.dropExceptions(from, to)
    this.excused = this.excused.filter(({ start, end }) => start < from || end > to)
  }

  private dropExceptions(from: number, to: number): boolean {
    if (this.walker === null) return false
    const covered = this.walker.hits
    const kept = covered.filter(({ start, end }) => end <= from || start >= to)
    const dropsAny = kept.length < covered.length || this.walker.earliestStart() < to
    covered.splice(0, covered.length, ...kept)
    this.walker.keepStartsWithin(to, Number.POSITIVE_INFINITY)
    return dropsAny
  }

  keepStartsFrom(from: number): void {
    this.walker?.keepStartsWithin(from, Number.POSITIVE_INFINITY)
  }

  reset(): void {
    this.walker?.reset()
    this.waiting = []
    this.excused = []
  }

  /** Covered by an exception that ends before this. */
  private covers(match: TextMatch, before = Number.POSITIVE_INFINITY): boolean {
    const exceptions = this.walker?.hits ?? []
    return isExcepted(
      match,
      before === Number.POSITIVE_INFINITY ? exceptions : exceptions.filter(({ end }) => end <= before),
    )
  }
}
