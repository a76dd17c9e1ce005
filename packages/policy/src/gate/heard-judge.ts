/**
 * Threat: a canned line and the words beside it are a forbidden phrase together, though neither is one by itself: a line
 * that ends in "please call" before the model's "the nurse".
 * Rule: what counts is what is heard. A line is judged as an utterance behind all that was heard in this turn, with the
 * blanks that are sent around it; what the model says behind it is held and judged by a second machine that has heard the
 * line, until nothing that began before the end of the line can become a match any more.
 * Every decision is handed out, before the step that stops the turn, because nothing is carried out behind that.
 * On failure: a line that completes something is not said, and a text that does is withheld; either stops the turn. There
 * is no second line for it. An error inside stops the turn too (output-gate.ts).
 *
 * States: quiet (costs nothing; only the end of what was heard is kept) -> (a line was said) watching -> (nothing reaches
 * back into the line) quiet. The user's turn leads to quiet from anywhere.
 */
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { IsResting } from '../match/exception-filter.ts'
import { GateMachine } from './gate-machine.ts'
import type { GateParts } from './gate-parts.ts'
import type { GateBlock, GateRelease, GateStep } from './gate-step.ts'
import { type HeardPiece, HeardTail } from './heard-tail.ts'
import { maxHeldCharacters } from './hold-limit.ts'
import { SpokenSpacing, type SpokenSpacingState } from './spoken-spacing.ts'
import type { TurnMemory } from './turn-memory.ts'

export interface HeardJudgeState {
  /** How many characters were said in this turn, lines included. */
  readonly position: number
  readonly heard: readonly HeardPiece[]
  readonly spacing: SpokenSpacingState
  /** Where the last line ended, as long as something may reach back into it. */
  readonly seam: number | null
}

export interface HeardJudgeOptions {
  readonly policy: CompiledPolicy
  readonly parts: GateParts
  readonly state?: HeardJudgeState | undefined
  readonly memory: TurnMemory
  readonly isResting?: IsResting | undefined
  /** Gets what is to be carried out, exactly as it is to be said. */
  readonly onStep: (step: GateStep) => void
  /** The turn is to be stopped: what is decided and not handed out yet comes now, and `onStep` gets the reason after it. */
  readonly onStop: () => void
  /** Whether what is said has to come as soon as it may leave. */
  readonly onWatch: (isWatching: boolean) => void
}

export class HeardJudge {
  private readonly options: HeardJudgeOptions
  private readonly spacing: SpokenSpacing
  private readonly heard: HeardTail
  private position: number
  private seam: number | null
  /** Made when it is needed, from what was heard. */
  private second: GateMachine | null = null
  /** What the second machine holds, with its places in the source. */
  private waiting: GateRelease[] = []
  /** While a line is judged: why it may not be said. */
  private against: GateBlock[] | null = null
  /** A decision that is not carried out yet, while what was said before it is judged to its end. */
  private undecided: GateBlock | null = null
  private stopped = false

  constructor(options: HeardJudgeOptions) {
    this.options = options
    this.spacing = new SpokenSpacing(options.state?.spacing)
    this.heard = new HeardTail(options.state?.heard)
    this.position = options.state?.position ?? 0
    this.seam = options.state?.seam ?? null
    options.onWatch(this.seam !== null)
  }

  /** Text that the first machine has let go of. */
  release(released: GateRelease): void {
    /** Half a character must not become a whole one with the half that ends or begins another utterance. */
    const step = { ...released, text: this.spacing.text(released.text.toWellFormed()) }
    if (this.seam === null || step.text === '') {
      this.say(step)
      return
    }
    this.waiting.push(step)
    for (const character of step.text) {
      this.readBehindLine(character)
      if (this.stopped || this.seam === null) return
    }
  }

  /** A decision of the first machine. Its line is said here, when it can be. */
  block(block: GateBlock): void {
    if (this.stopped) {
      this.record(block)
      return
    }
    this.undecided = block
    this.endSecond()
    if (this.stopped) return
    const line = block.line === null ? null : this.spacing.line(block.line)
    const [against, ...others] = line === null ? [] : this.judgeLine(line)
    this.undecided = null
    if (against === undefined) {
      this.options.onStep({ ...block, line })
      if (line !== null) this.hearLine(line)
      return
    }
    /** The line is what keeps the pieces around it apart: where it cannot be said, nothing more is. */
    for (const decided of [block, ...others]) this.record({ ...decided, span: block.span })
    this.stop({ ...against, span: block.span })
  }

  /** A line that is said by itself, also when the turn is stopped. */
  sayLine(text: string): void {
    this.endSecond()
    const line = this.spacing.line(text)
    const [against, ...others] = this.judgeLine(line)
    const place = { sourceStart: this.position, sourceEnd: this.position }
    if (against !== undefined) {
      for (const decided of others) this.record(decided)
      this.options.onStep({ ...against, line: null })
      return
    }
    this.options.onStep({ kind: 'release', text: line, ...place })
    this.hearLine(line)
  }

  endUtterance(): void {
    this.endSecond()
    this.heard.endUtterance(this.position)
  }

  userTookTurn(): void {
    this.abandon()
    this.seam = null
    this.heard.clear()
    this.position = 0
    this.spacing.reset()
    this.stopped = false
  }

  /** Forgets what waits. What was heard stays known. */
  abandon(): void {
    this.second = null
    this.waiting = []
    this.against = null
    this.undecided = null
  }

  /** An error inside: nothing more is said, and what was decided is recorded. */
  fail(): void {
    this.stopped = true
    this.against = null
    this.recordUndecided()
    this.abandon()
  }

  /** Between utterances, when nothing waits. */
  copyState(): HeardJudgeState {
    return { position: this.position, heard: this.heard.copy(), spacing: this.spacing.copy(), seam: this.seam }
  }

  private say(step: GateRelease): void {
    this.hear(step.text)
    this.options.onStep(step)
  }

  private hear(text: string): void {
    if (text === '') return
    this.heard.add(this.position, text)
    this.position += text.length
    /** A phrase whose head was heard two pages ago is not one phrase any more. Not each time, because it copies. */
    if (this.position - this.heard.start > 2 * maxHeldCharacters)
      this.heard.forgetBefore(this.position - maxHeldCharacters)
  }

  private hearLine(line: string): void {
    this.hear(line)
    this.heard.endUtterance(this.position)
    this.spacing.lineSaid()
    if (!this.options.parts.lines) return
    this.seam = this.position
    this.options.onWatch(true)
    this.leaveWhenDone()
  }

  /** Why the line may not be said; empty when it may. */
  private judgeLine(line: string): readonly GateBlock[] {
    if (!this.options.parts.lines) return []
    const found: GateBlock[] = []
    this.against = found
    const second = this.secondMachine()
    second.push(line)
    second.endUtterance()
    this.against = null
    /** It has heard a line that was not said. */
    if (found.length > 0) this.second = null
    return found
  }

  private readBehindLine(character: string): void {
    this.secondMachine().push(character)
    if (!this.stopped) this.leaveWhenDone()
  }

  private endSecond(): void {
    if (this.second === null) return
    this.second.endUtterance()
    if (!this.stopped) this.leaveWhenDone()
  }

  /** Nothing reaches back into the line any more: the first machine is enough again. */
  private leaveWhenDone(): void {
    if (this.seam === null || this.secondMachine().reachesBefore(this.seam)) return
    this.seam = null
    this.second = null
    this.options.onWatch(false)
    for (const step of this.waiting.splice(0)) this.say(step)
  }

  private secondMachine(): GateMachine {
    this.second ??= this.makeSecond()
    return this.second
  }

  /** A machine that has heard what was heard in this turn, and reads on behind it. */
  private makeSecond(): GateMachine {
    const { policy, parts, memory, isResting } = this.options
    const { position } = this
    this.heard.endUtterance(position)
    const state = {
      position,
      heard: this.heard.copy(),
      phrasesFrom: position - maxHeldCharacters,
      memory: memory.copy(),
      stopped: false,
    }
    return new GateMachine({
      policy,
      parts,
      state,
      memory: memory.sharingHits(),
      isResting,
      onStep: (step) => this.onSecond(step),
    })
  }

  private onSecond(step: GateStep): void {
    if (this.against !== null) {
      if (step.kind === 'block') this.against.push(step)
    } else if (step.kind === 'release') {
      if (!this.stopped) this.sayWaiting(step.text.length)
    } else {
      const block = { ...step, span: this.waitingSpan() }
      if (this.stopped) this.record(block)
      else this.stop(block)
    }
  }

  private sayWaiting(characters: number): void {
    for (let left = characters; left > 0; ) {
      const first = this.waiting.shift()
      if (first === undefined) throw new RangeError('the second machine let go of a text that it was not given')
      const [said, rest] = cut(first, left)
      if (rest !== null) this.waiting.unshift(rest)
      left -= said.text.length
      this.say(said)
    }
  }

  private waitingSpan(): GateBlock['span'] {
    const start = this.waiting[0]?.sourceStart ?? 0
    return { start, end: this.waiting.at(-1)?.sourceEnd ?? start }
  }

  private stop(block: GateBlock): void {
    this.stopped = true
    this.recordUndecided()
    this.waiting = []
    this.seam = null
    this.options.onStop()
    this.options.onStep({ ...block, line: null, stopTurn: true })
  }

  /** What was decided, and is not carried out because the turn stops. */
  private recordUndecided(): void {
    const { second, undecided } = this
    this.second = null
    this.undecided = null
    second?.halt()
    if (undecided !== null) this.record(undecided)
  }

  private record(block: GateBlock): void {
    this.options.onStep({ ...block, line: null, stopTurn: false })
  }
}

/** The first characters of a text that is let go of, and what remains. Blanks before it belong to no place. */
function cut(step: GateRelease, characters: number): readonly [GateRelease, GateRelease | null] {
  if (characters >= step.text.length) return [step, null]
  const place = Math.max(step.sourceStart, step.sourceEnd - (step.text.length - characters))
  return [
    { ...step, text: step.text.slice(0, characters), sourceEnd: place },
    { ...step, text: step.text.slice(characters), sourceStart: place },
  ]
}
