/**
 * Threat: something forbidden is heard, shown or stored, because it came in pieces, in disguise, or over two utterances.
 * Rule: each character is judged as it comes, and only what no phrase, sentence or pending exception can reach any more
 * leaves; never because time has passed. What happens depends on the characters alone, not on how they were cut.
 * What was decided is handed out, also when something else stops the turn first: then as a decision alone, with no line.
 * On failure: any error, and any text that would have to be held beyond the bound, stops the turn (output-gate.ts).
 *
 * States of a turn: open -> (a stopping rule) stopped -> (the user takes a turn) open. Within `open`, an utterance holds
 * text until its end; at the end everything that is judged leaves, and live phrases are carried into the next one.
 *
 * The state for another machine (`copyState`) is what was heard, and nothing else. A phrase whose head was withheld goes on
 * in this machine and is forgotten by the other one: what it then lets through is the tail of a phrase that nobody has heard
 * the head of. That what is heard holds no match is proved for both (test-harness/adversary-property.ts).
 */
import type { CompiledPolicy, CompiledZone } from '../compile/compiled-policy.ts'
import { actionAfterStrikes, stopsTurn } from '../decide/rule-decision.ts'
import { endsInHighSurrogate } from '../fold/ends-in-high-surrogate.ts'
import { foldCodePoint } from '../fold/fold-code-point.ts'
import { foldForRecord } from '../fold/fold-for-record.ts'
import { hasLetter } from '../fold/has-letter.ts'
import { ExceptionFilter, type IsResting } from '../match/exception-filter.ts'
import { joinHits, type ZoneHit } from '../match/join-hits.ts'
import { longestMatches, type TextMatch } from '../match/match-text.ts'
import { SentenceReader } from '../match/sentence-reader.ts'
import { type SentencePiece, windowCharacters } from '../match/sentence-tracker.ts'
import { piiMarker } from '../pii/pii-words.ts'
import { MarkedWalker } from '../spoken/marked-walker.ts'
import type { GateParts } from './gate-parts.ts'
import type { GateBlock, GateStep } from './gate-step.ts'
import { HeardTail } from './heard-tail.ts'
import { HeldText } from './held-text.ts'
import { HoldLimitError, maxHeldCharacters } from './hold-limit.ts'
import type { MachineState } from './machine-state.ts'
import { TurnMemory } from './turn-memory.ts'

export interface GateMachineOptions {
  readonly policy: CompiledPolicy
  readonly parts: GateParts
  readonly state?: MachineState | undefined
  /** Instead of the one in the state. */
  readonly memory?: TurnMemory
  readonly isResting?: IsResting | undefined
  /** Gets what is decided, at once and in order. It may call `halt`. */
  readonly onStep: (step: GateStep) => void
}

export class GateMachine {
  /** Lets go of each character as soon as it may leave, and not at the end of what was pushed. */
  eager = false
  readonly memory: TurnMemory
  private readonly policy: CompiledPolicy
  private readonly parts: GateParts
  private readonly phrases: MarkedWalker
  private readonly exceptions: ExceptionFilter
  private readonly sentences: SentenceReader
  private readonly heard = new HeardTail()
  private readonly held: HeldText
  private readonly onStep: (step: GateStep) => void
  private stopped: boolean
  /** What is being handed out, and what was decided but has not got there. */
  private leaving: GateStep[] = []
  private deciding: GateBlock | null = null
  /** A high surrogate whose other half has not come yet. */
  private half = ''
  /** Where the next character stands. */
  private at: number
  /** Rules that withhold this whole sentence already, and from where: once is enough, unless a match began before that. */
  private readonly hidingSentence = new Map<string, number>()

  constructor({ policy, parts, state, memory, isResting, onStep }: GateMachineOptions) {
    this.policy = policy
    this.parts = parts
    this.onStep = onStep
    this.phrases = new MarkedWalker(policy.phrases, parts.views)
    this.exceptions = new ExceptionFilter(policy, isResting)
    this.memory = memory ?? new TurnMemory(state?.memory)
    this.stopped = state?.stopped ?? false
    this.at = state?.position ?? 0
    this.held = new HeldText(this.at)
    const { held, heard } = this
    this.sentences = new SentenceReader({ policy, held, heard, readsContext: parts.sentenceContext })
    if (state !== undefined) this.replay(state)
    this.startSentence(this.at)
  }

  push(text: string): void {
    if (this.stopped) return
    const whole = this.half + text
    this.half = ''
    const complete = endsInHighSurrogate(whole) ? whole.slice(0, -1) : whole
    if (complete.length < whole.length) this.half = whole.slice(-1)
    this.held.append(complete)
    for (let index = 0; index < complete.length; ) {
      const codePoint = complete.codePointAt(index) ?? 0
      this.readCodePoint(codePoint)
      if (this.stopped) return
      const width = codePoint > 0xffff ? 2 : 1
      index += width
      this.at += width
      /** What is judged by what has left must not depend on how the text was cut. */
      if (this.eager || this.held.hasCuts || this.sentences.isContinued) this.release(this.releasePoint())
      if (this.stopped) return
    }
    this.release(this.releasePoint())
    this.exceptions.forgetBefore(this.releasePoint())
  }

  endUtterance(): void {
    if (this.stopped) return
    this.readHalf()
    if (this.parts.endFlush && !this.stopped) this.closeUtterance()
    if (this.stopped) return
    this.endSentence(this.at)
    this.exceptions.forgetSafe(Number.POSITIVE_INFINITY)
    this.release(this.at)
    if (this.stopped) return
    if (!this.parts.carriedState) this.forgetPhrases()
    /** A phrase whose head was heard two pages ago is not one phrase any more; the memory of a turn stays bounded. */
    this.phrases.keepStartsWithin(this.at - maxHeldCharacters, Number.POSITIVE_INFINITY)
    this.exceptions.keepStartsFrom(this.at - maxHeldCharacters)
    this.forgetHeard()
    this.heard.endUtterance(this.at)
    this.startSentence(this.at)
  }

  userTookTurn(): void {
    this.forgetPhrases()
    this.half = ''
    this.at = 0
    this.held.clear(0)
    this.stopped = false
    this.eager = false
    this.memory.userTookTurn()
    this.sentences.reset()
    this.hidingSentence.clear()
  }

  /** Nothing that waits leaves but decisions, and nothing more is read until the user takes a turn. */
  halt(): void {
    this.stopped = true
    this.half = ''
    const waiting = [
      ...this.leaving.splice(0),
      ...this.held.takeBlocks(),
      ...(this.deciding === null ? [] : [this.deciding]),
    ]
    this.deciding = null
    this.held.clear(this.at)
    for (const step of waiting) if (step.kind === 'block') this.onStep({ ...step, line: null, stopTurn: false })
  }

  /** Whether something is open, or waits, that began before this and may still become a match. */
  reachesBefore(offset: number): boolean {
    return (
      this.half !== '' ||
      this.reach() < offset ||
      (this.policy.sentences !== null && this.sentences.isOpenSince(offset))
    )
  }

  /** Lets go of all that waits. Only for text that another machine has judged already. */
  letGo(): void {
    this.release(this.at)
  }

  /** As of the last end of an utterance: what waits is not part of it, because nobody has heard it. */
  copyState(): MachineState {
    return {
      position: this.held.base,
      heard: this.heard.copy(),
      phrasesFrom: Math.min(this.at, this.phrases.earliestStart(), this.exceptions.earliestOpen()),
      memory: this.memory.copy(),
      stopped: this.stopped,
    }
  }

  private replay({ heard, phrasesFrom }: MachineState): void {
    for (const piece of heard) {
      let at = piece.start
      for (const character of piece.text) {
        const codePoint = character.codePointAt(0) ?? 0
        const folded = foldCodePoint(codePoint)
        if (at >= phrasesFrom) {
          this.exceptions.feed(folded, at)
          this.phrases.feed(folded, at)
        }
        if (this.policy.sentences !== null) this.sentences.feed(codePoint, folded, at)
        at += character.length
      }
      if (piece.endsUtterance) {
        this.exceptions.endUtterance(at)
        this.phrases.endUtterance(at)
        this.sentences.endUtterance(at)
        this.heard.endUtterance(at)
      } else this.heard.add(piece.start, piece.text)
    }
    this.phrases.hits.length = 0
    this.exceptions.forgetBefore(Number.POSITIVE_INFINITY)
  }

  private startSentence(at: number): void {
    this.sentences.restart(at)
    this.hidingSentence.clear()
  }

  private forgetPhrases(): void {
    this.phrases.reset()
    this.exceptions.reset()
    this.heard.clear()
  }

  private readHalf(): void {
    if (this.half === '') return
    this.held.append(this.half)
    const codePoint = this.half.charCodeAt(0)
    this.half = ''
    this.readCodePoint(codePoint)
    if (!this.stopped) this.at += 1
  }

  private readCodePoint(codePoint: number): void {
    const { at } = this
    const folded = foldCodePoint(codePoint)
    this.exceptions.feed(folded, at)
    this.phrases.feed(folded, at)
    let piece: SentencePiece | null = null
    if (this.sentences.isNeeded) piece = this.sentences.feed(codePoint, folded, at)
    if (this.phrases.hits.length > 0 || piece !== null || this.exceptions.hasWaiting) {
      const isHit = this.judge(piece, false)
      if (piece?.isWhole === true && !this.stopped) this.endSentence(at)
      this.exceptions.forgetSafe(this.judgedUpTo())
      /** At once, so that a text of nothing but matches does not pile up cuts. */
      if (isHit && !this.stopped) this.release(this.releasePoint())
    }
    if (at - this.held.base > maxHeldCharacters) this.refuseEndlessHold()
  }

  private endSentence(at: number): void {
    this.held.closeCuts(at)
    if (this.hidingSentence.size > 0) this.exceptions.keepStartsFrom(at)
    this.sentences.endSentence()
    this.hidingSentence.clear()
  }

  private closeUtterance(): void {
    this.exceptions.endUtterance(this.at)
    this.phrases.endUtterance(this.at)
    const piece = this.sentences.endUtterance(this.at)
    this.judge(piece, true)
  }

  /** Decides what was found at this character, and what is found because an exception is withheld by that. */
  private judge(piece: SentencePiece | null, isLast: boolean): boolean {
    const settled = this.exceptions.settle(this.phrases.hits.splice(0), isLast)
    let hits = piece === null ? settled : [...settled, ...this.exceptions.excuse(this.sentences.find(piece))]
    const isHit = hits.length > 0
    while (hits.length > 0 && !this.stopped) {
      this.decide(hits)
      hits = this.exceptions.hasWaiting ? this.exceptions.settle([], isLast) : []
    }
    return isHit
  }

  /** Joins what was found at this character, withholds it, and stops the turn where a rule asks for it. */
  private decide(found: readonly TextMatch[]): void {
    if (found.length === 0) return
    const hits = this.toZoneHits(found)
    if (hits.length === 0) return
    if (hits.some(({ zone, action }) => stopsTurn(zone, action))) this.stopTurn(hits)
    else this.withhold(hits, Math.min(...hits.map((hit) => this.hiddenFrom(hit))))
  }

  private blockOf(hits: readonly ZoneHit[], from: number, stopTurn: boolean): GateBlock {
    const to = Math.max(...hits.map(({ end }) => end))
    const place = { span: { start: from, end: to }, blockedText: this.held.slice(from, to), stopTurn }
    return joinHits({ policy: this.policy, hits, place, language: this.parts.language?.() })
  }

  private withhold(hits: readonly ZoneHit[], from: number): void {
    this.held.cut(from, from, this.blockOf(hits, from, false))
    for (const hit of hits) {
      const hidesSentence = hit.zone.scope !== 'match'
      const hiddenFrom = this.hiddenFrom(hit)
      if (hidesSentence) this.hidingSentence.set(hit.zone.ruleId, hiddenFrom)
      this.held.cut(hiddenFrom, hidesSentence ? Number.POSITIVE_INFINITY : hit.end, null)
      this.exceptions.dropWithin(hiddenFrom, hit.end)
    }
  }

  /**
   * Nothing that still waits leaves: neither the match, nor the beginning of a longer phrase or sentence around it. Rules
   * that wait for an exception are part of the same decision.
   */
  private stopTurn(hits: readonly ZoneHit[]): void {
    const all = [...hits, ...this.toZoneHits(this.exceptions.takeWaiting())]
    const from = Math.min(this.releasePoint(), ...all.map((hit) => this.hiddenFrom(hit)))
    this.held.truncate(this.at)
    const block = this.blockOf(all, from, true)
    this.deciding = block
    this.release(from)
    /** Decided before, inside what is dropped now: kept as decisions, and nothing is said for them. */
    if (!this.stopped) this.handOut(this.held.takeBlocks().map((other) => ({ ...other, line: null })))
    if (this.stopped) return
    this.deciding = null
    this.handOut([block])
    this.halt()
  }

  private hiddenFrom(hit: { readonly zone: CompiledZone; readonly start: number }): number {
    return hit.zone.scope === 'match' ? hit.start : Math.max(this.held.base, this.sentences.before(hit.start))
  }

  /** The matches as hits of their zones; one zone is hit once at a time, however many of its phrases end here. */
  private toZoneHits(found: readonly TextMatch[]): readonly ZoneHit[] {
    const counts = new Map<number, number>()
    return longestMatches(found).flatMap((match) => {
      const zone = this.policy.zones[match.owner]
      if (zone === undefined) throw new RangeError('a match names a zone that does not exist')
      if ((this.hidingSentence.get(zone.ruleId) ?? Number.POSITIVE_INFINITY) <= match.start) return []
      const count = counts.get(match.owner) ?? this.memory.countHit(zone)
      counts.set(match.owner, count)
      return [this.toZoneHit(zone, match, count)]
    })
  }

  private toZoneHit(zone: CompiledZone, match: TextMatch, count: number): ZoneHit {
    const { start, end, view, pii } = match
    const text = this.heard.textWithin(start, this.held.base) + this.held.slice(Math.max(start, this.held.base), end)
    return {
      zone,
      start,
      end,
      action: actionAfterStrikes(zone, count),
      facts: zone.strikes === null ? {} : { [`hits:${zone.ruleId}`]: count },
      match: { ruleId: zone.ruleId, view, span: { start, end }, folded: pii ? piiMarker(pii) : foldForRecord(text) },
      ...(pii === undefined ? {} : { pii }),
      headHeard: this.heard.charactersWithin(start, Math.min(end, this.held.base)),
    }
  }

  /** Where the first phrase began that is still open, or that waits for an exception; or Infinity. */
  private reach(): number {
    return Math.min(this.phrases.earliestStart(), this.exceptions.earliestWaiting(), this.exceptions.earliestExcused())
  }

  /** Everything before this is decided, but for matches whose exception may still be withheld in part. */
  private judgedUpTo(): number {
    const point = Math.min(this.at, this.phrases.earliestStart(), this.exceptions.earliestWaiting())
    return this.sentences.isNeeded ? this.fromSentence(Math.min(point, this.sentences.start)) : point
  }

  /** Everything before this may leave: no phrase, no pending match and no waiting sentence reaches back beyond it. */
  private releasePoint(): number {
    const point = Math.min(this.at, this.reach())
    return this.sentences.isNeeded ? this.fromSentence(Math.min(point, this.sentences.start)) : point
  }

  /** Where a zone hides from the beginning of the sentence, the beginning waits with the rest. */
  private fromSentence(point: number): number {
    return this.policy.hidesSentences ? this.sentences.before(point) : point
  }

  private release(upTo: number): void {
    this.handOut(this.held.releaseTo(upTo))
    if (this.stopped) return
    this.forgetHeard()
    this.sentences.forgetBefore(this.held.base)
  }

  private handOut(steps: GateStep[]): void {
    this.leaving = steps
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      if (step.kind === 'block') {
        const saysLine = step.line !== null && this.memory.takeLine(step.ruleId)
        this.onStep(saysLine ? step : { ...step, line: null })
      } else {
        this.onStep(step)
        this.heard.add(step.sourceStart, step.text)
        if (hasLetter(step.text)) this.memory.wordsLeft()
      }
      if (this.stopped) return
    }
  }

  /** Of what was heard, only that is kept which something that is open began in. */
  private forgetHeard(): void {
    this.heard.forgetBefore(Math.min(this.reach(), this.exceptions.earliestOpen(), this.sentences.reach()))
  }

  private refuseEndlessHold(): void {
    this.release(this.releasePoint())
    /** Of a sentence that is hidden whole nothing will leave; what a regex may still need of it stays. */
    if (this.at - this.held.base > maxHeldCharacters) this.held.dropHidden(this.at - windowCharacters)
    if (!this.stopped && this.at - this.held.base > maxHeldCharacters)
      throw new HoldLimitError(`held more than ${maxHeldCharacters} characters`)
  }
}
