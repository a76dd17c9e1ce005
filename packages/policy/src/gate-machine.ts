/**
 * Threat: something forbidden is heard, shown or stored, because it came in pieces, in disguise, or over two utterances.
 * Rule: each character is judged as it comes, and only what no phrase, sentence or pending exception can reach any more
 * leaves; never because time has passed. What happens depends on the characters alone, not on how they were cut.
 * On failure: any error, and any text that would have to be held beyond the bound, stops the turn (output-gate.ts).
 *
 * States of a turn: open -> (a stopping rule) stopped -> (the user takes a turn) open. Within `open`, an utterance holds
 * text until its end; at the end everything that is judged leaves, and live phrases are carried into the next one.
 */
import type { CompiledPolicy, CompiledZone } from './compiled-policy.ts'
import { ExceptionFilter } from './exception-filter.ts'
import { foldCodePoint, gaps } from './fold-code-point.ts'
import { foldForRecord } from './fold-for-record.ts'
import type { GateStep } from './gate-step.ts'
import { type HeardPiece, HeardTail } from './heard-tail.ts'
import { HeldText } from './held-text.ts'
import { joinHits, type ZoneHit } from './join-hits.ts'
import { longestMatches, type TextMatch } from './match-text.ts'
import { allViews, PhraseWalker, type WalkerViews } from './phrase-walker.ts'
import { actionAfterStrikes, stopsTurn } from './rule-decision.ts'
import { SentenceStarts } from './sentence-starts.ts'
import { type SentencePiece, SentenceTracker } from './sentence-tracker.ts'
import { TurnMemory, type TurnMemoryState } from './turn-memory.ts'

/** Two printed pages. No sentence and no phrase is as long; a text that is, was built to be held. */
export const maxHeldCharacters = 4096

/** Parts of the gate that the mutation tests take out. Everything is on in the product. */
export interface GateParts {
  readonly views: WalkerViews
  readonly endFlush: boolean
  readonly carriedState: boolean
}

export const allParts: GateParts = { views: allViews, endFlush: true, carriedState: true }

export interface MachineState {
  readonly position: number
  readonly heard: readonly HeardPiece[]
  readonly memory: TurnMemoryState
  readonly stopped: boolean
}

/** Thrown when a text would have to be held without end. */
export class HoldLimitError extends Error {
  override readonly name = 'HoldLimitError'
}

export class GateMachine {
  private readonly policy: CompiledPolicy
  private readonly parts: GateParts
  private readonly phrases: PhraseWalker
  private readonly exceptions: ExceptionFilter
  private readonly sentences = new SentenceTracker()
  private readonly sentenceStarts = new SentenceStarts()
  private readonly heard = new HeardTail()
  private readonly held: HeldText
  private memory: TurnMemory
  private stopped: boolean
  /** A high surrogate whose other half has not come yet. */
  private half = ''
  /** Where the next character stands. */
  private at: number
  /** Regex matches of this sentence, so that overlapping windows do not report one twice. */
  private reported: TextMatch[] = []
  /** Rules that withhold this whole sentence already, and from where: once is enough, unless a match began before that. */
  private readonly hidingSentence = new Map<string, number>()
  private steps: GateStep[] = []

  constructor(policy: CompiledPolicy, parts: GateParts, state?: MachineState) {
    this.policy = policy
    this.parts = parts
    this.phrases = new PhraseWalker(policy.phrases, parts.views)
    this.exceptions = new ExceptionFilter(policy)
    this.memory = new TurnMemory(state?.memory)
    this.stopped = state?.stopped ?? false
    this.at = state?.position ?? 0
    this.held = new HeldText(this.at)
    if (state !== undefined) this.replay(state.heard)
    this.startSentence(this.at)
  }

  /** What has been decided and not been handed out yet. */
  takeSteps(): readonly GateStep[] {
    const { steps } = this
    this.steps = []
    return steps
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
    this.release(this.at)
    if (!this.parts.carriedState) this.forgetPhrases()
    /** A phrase whose head was heard two pages ago is not one phrase any more; the memory of a turn stays bounded. */
    this.phrases.keepStartsWithin(this.at - maxHeldCharacters, Number.POSITIVE_INFINITY)
    this.exceptions.keepStartsFrom(this.at - maxHeldCharacters)
    this.heard.forgetBefore(this.phrases.earliestStart())
    this.heard.endUtterance(this.at)
    this.startSentence(this.at)
  }

  userTookTurn(): void {
    this.forgetPhrases()
    this.half = ''
    this.at = 0
    this.held.clear(0)
    this.stopped = false
    this.memory.userTookTurn()
    this.startSentence(0)
  }

  /** As of the last end of an utterance: what waits is not part of it, because nobody has heard it. */
  copyState(): MachineState {
    return { position: this.held.base, heard: this.heard.copy(), memory: this.memory.copy(), stopped: this.stopped }
  }

  private replay(heard: readonly HeardPiece[]): void {
    for (const piece of heard) {
      let at = piece.start
      for (const character of piece.text) {
        const folded = foldCodePoint(character.codePointAt(0) ?? 0)
        this.exceptions.feed(folded, at)
        this.phrases.feed(folded, at)
        at += character.length
      }
      if (piece.endsUtterance) {
        this.exceptions.endUtterance(at)
        this.phrases.endUtterance(at)
        this.heard.endUtterance(at)
      } else this.heard.add(piece.start, piece.text)
    }
    this.phrases.hits.length = 0
    this.exceptions.forgetBefore(Number.POSITIVE_INFINITY)
  }

  private startSentence(at: number): void {
    this.sentences.restart(at)
    this.sentenceStarts.restart(at)
    this.reported = []
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
    const { at, policy } = this
    const folded = foldCodePoint(codePoint)
    this.exceptions.feed(folded, at)
    this.phrases.feed(folded, at)
    let piece: SentencePiece | null = null
    if (policy.regexes !== null || policy.hidesSentences) {
      piece = this.sentences.feed(codePoint, folded, at)
      this.sentenceStarts.note(this.sentences.start)
    }
    if (this.phrases.hits.length > 0 || piece !== null || this.exceptions.hasWaiting) {
      const hits = [
        ...this.exceptions.settle(this.phrases.hits.splice(0), false),
        ...(piece === null ? [] : this.readSentence(piece)),
      ]
      this.decide(hits)
      if (piece?.isWhole === true && !this.stopped) this.endSentence(at)
      /** At once, so that a text of nothing but matches does not pile up cuts. */
      if (hits.length > 0 && !this.stopped) this.release(this.releasePoint())
    }
    if (at - this.held.base > maxHeldCharacters) this.refuseEndlessHold()
  }

  private endSentence(at: number): void {
    this.held.closeCuts(at)
    this.reported = []
    this.hidingSentence.clear()
  }

  private closeUtterance(): void {
    this.exceptions.endUtterance(this.at)
    this.phrases.endUtterance(this.at)
    const piece = this.sentences.endUtterance(this.at)
    this.decide([
      ...this.exceptions.settle(this.phrases.hits.splice(0), true),
      ...(piece === null ? [] : this.readSentence(piece)),
    ])
  }

  private readSentence(piece: SentencePiece): TextMatch[] {
    const { regexes } = this.policy
    if (regexes === null) return []
    const start = Math.max(piece.start, this.held.base)
    const found = regexes
      .find(this.held.slice(start, piece.end))
      .map(
        (hit): TextMatch => ({
          owner: hit.owner,
          ...this.wholeWords(start + hit.start, start + hit.end, piece),
          view: 'source',
        }),
      )
      .filter((match) => !this.exceptions.covers(match))
      .filter(
        (match) =>
          !this.reported.some(
            (other) => other.owner === match.owner && other.start <= match.start && other.end >= match.end,
          ),
      )
    this.reported.push(...found)
    return found
  }

  /** A regex may match a part of a word; the rest of the word must not become a word by what is withheld beside it. */
  private wholeWords(from: number, to: number, piece: SentencePiece): { start: number; end: number } {
    let [start, end] = [from, to]
    while (start > piece.start && isWithinWord(this.held.slice(start - 1, start))) start -= 1
    while (end < piece.end && isWithinWord(this.held.slice(end, end + 1))) end += 1
    return { start, end }
  }

  /** Joins what was found at this character, withholds it, and stops the turn where a rule asks for it. */
  private decide(found: readonly TextMatch[]): void {
    if (found.length === 0) return
    const hits = this.toZoneHits(found)
    if (hits.length === 0) return
    if (hits.some(({ zone, action }) => stopsTurn(zone, action))) this.stopTurn(hits)
    else this.withhold(hits, Math.min(...hits.map((hit) => this.hiddenFrom(hit))), false)
  }

  private withhold(hits: readonly ZoneHit[], from: number, stopTurn: boolean): void {
    const to = Math.max(...hits.map(({ end }) => end))
    const place = { span: { start: from, end: to }, blockedText: this.held.slice(from, to), stopTurn }
    this.held.cut(from, from, joinHits({ policy: this.policy, hits, place }))
    for (const hit of hits) {
      const hidesSentence = hit.zone.scope !== 'match'
      const hiddenFrom = this.hiddenFrom(hit)
      if (hidesSentence) this.hidingSentence.set(hit.zone.ruleId, hiddenFrom)
      this.held.cut(hiddenFrom, hidesSentence ? Number.POSITIVE_INFINITY : hit.end, null)
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
    this.release(from)
    /** Decided before, inside what is dropped now: kept as decisions, and nothing is said for them. */
    for (const block of this.held.takeBlocks()) this.steps.push({ ...block, line: null })
    this.withhold(all, from, true)
    this.held.cut(from, Number.POSITIVE_INFINITY, null)
    this.release(this.at)
    /** What was heard of live phrases is kept for `gateLine`. */
    this.stopped = true
    this.half = ''
    this.held.clear(this.at)
  }

  private hiddenFrom(hit: { readonly zone: CompiledZone; readonly start: number }): number {
    return hit.zone.scope === 'match' ? hit.start : this.sentenceStarts.before(hit.start)
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
    const { start, end, view } = match
    const text = this.heard.textWithin(start, this.held.base) + this.held.slice(Math.max(start, this.held.base), end)
    return {
      zone,
      start,
      end,
      action: actionAfterStrikes(zone, count),
      facts: zone.strikes === null ? {} : { [`hits:${zone.ruleId}`]: count },
      match: { ruleId: zone.ruleId, view, span: { start, end }, folded: foldForRecord(text) },
      headHeard: this.heard.charactersWithin(start, Math.min(end, this.held.base)),
    }
  }

  /** Where the first phrase began that is still open, or that waits for an exception; or Infinity. */
  private reach(): number {
    return Math.min(this.phrases.earliestStart(), this.exceptions.earliestWaiting())
  }

  /** Everything before this may leave: no phrase, no pending match and no waiting sentence reaches back beyond it. */
  private releasePoint(): number {
    let point = Math.min(this.at, this.reach())
    if (this.policy.regexes !== null || this.policy.hidesSentences) point = Math.min(point, this.sentences.start)
    return this.policy.hidesSentences ? this.sentenceStarts.before(point) : point
  }

  private release(upTo: number): void {
    for (const step of this.held.releaseTo(upTo)) {
      if (step.kind === 'block') {
        const saysLine = step.line !== null && this.memory.takeLine(step.ruleId)
        this.steps.push(saysLine ? step : { ...step, line: null })
      } else {
        this.steps.push(step)
        this.heard.add(step.sourceStart, step.text)
        if (hasLetter(step.text)) this.memory.wordsLeft()
      }
    }
    this.heard.forgetBefore(this.reach())
    this.sentenceStarts.forgetBefore(this.held.base)
  }

  private refuseEndlessHold(): void {
    this.release(this.releasePoint())
    if (this.at - this.held.base > maxHeldCharacters)
      throw new HoldLimitError(`held more than ${maxHeldCharacters} characters`)
  }
}

/** A letter, something invisible, or half of a character; not a separator or sign. */
function isWithinWord(unit: string): boolean {
  return unit !== '' && (/[\ud800-\udfff]/.test(unit) || foldCodePoint(unit.charCodeAt(0)).gap === gaps.none)
}

/** A word that a line would have to be said after; signs count, because in leet they are letters. */
function hasLetter(text: string): boolean {
  for (const character of text) if (foldCodePoint(character.codePointAt(0) ?? 0).letters.length > 0) return true
  return false
}

function endsInHighSurrogate(text: string): boolean {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff
}
