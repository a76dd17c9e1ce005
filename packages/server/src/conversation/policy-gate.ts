/**
 * Threat: words that a rule forbids leave through some exit: a reply, a greeting, a canned line, a tool's answer.
 * Rule: this is the only caller of the policy engine and the maker of `Cleared` (cleared-buffer.ts only hands it on). Text goes in as it comes from a
 * model; what comes out has passed the output gate, lines of zones included.
 * On failure: the engine answers with the stage's safe default, never with `allow`; a gate that failed says nothing more
 * until the user takes a turn.
 */
import { type Decision, type GuardAction, type PiiDirection, type Stage } from '@hyponema/contract'
import {
  builtInRules,
  type CarriedState,
  type CompiledPolicy,
  callsPerDay,
  createOutputGate,
  type DecideFacts,
  decide,
  type GateStep as EngineStep,
  type GateBlock,
  isTopicResting,
  maskPii,
  type OutputGate,
  type PolicyEvent,
  strictestPolicy,
  type ToolFacts,
} from '@hyponema/policy'
import type { Cleared } from '../kernel/cleared.ts'
import { type GuardMark, guardMark, linesOfDecision } from './guard-mark.ts'
import { LeakWatch } from './leak-watch.ts'
import type { AskedDecision } from './pipeline/recorded-decision.ts'
import type { SpokenJudge } from './providers/flite/spoken-judge.ts'
import { ShadowGate, type ShadowGateOptions } from './shadow-gate.ts'
import { shownAction } from './shown-action.ts'
import { swapGate } from './swap-gate.ts'

/** The longest phrase with its disguises; a rule that comes later must know the head of what is half said. */
const maxRemembered = 1000

/** What the session has to do next: send words, or tell that the guard stepped in and say its lines. */
export type GateStep =
  | { readonly kind: 'text'; readonly text: Cleared }
  | {
      readonly kind: 'guard'
      readonly decision: Decision
      readonly action: GuardAction
      readonly ruleId: string
      readonly label: string
      /** Said instead of what was withheld; cleared already. */
      readonly lines: readonly Cleared[]
      readonly stopTurn: boolean
      /** For the sealed decision only. */
      readonly blockedText: string
      readonly charactersHeard: number
      readonly engineUs: number
    }

/** A decision, how long it took, and what was asked: with that and its policy anybody can take it again. */
export type TimedDecision = { readonly decision: Decision; readonly engineUs: number; readonly asked?: AskedDecision }

export type PolicyGateOptions = {
  /** Of the prompts of this session; what holds it is being passed on. */
  readonly canary?: string | undefined
  /** Another policy that decides about the same and changes nothing. */
  readonly shadow?: ShadowGateOptions | undefined
  readonly facts?: ((stage: Stage) => DecideFacts) | undefined
  /** Of the session, as it is now: in it is said what stands in place of personal data. */
  readonly language?: (() => string | undefined) | undefined
}

/** The gate of one session. Keeps what a phrase split over several utterances needs, until the user takes a turn. */
export class PolicyGate {
  #policy: CompiledPolicy
  /** What the person said in this turn could not be judged, so that what is said to it is judged at its strictest. */
  #isStrictest = false
  #gate: OutputGate
  /** What the gate before said last: it comes with the next words. */
  readonly #handedOver: EngineStep[] = []
  /** The end of what has left without a gap in this turn, for the gate of another policy. */
  #lastHeard = ''
  readonly #shadow: ShadowGate | undefined
  /** Judge what a voice makes of words that were cleared; made when the first of them comes. */
  #given: OutputGate | undefined
  #heard: OutputGate | undefined
  /** Looks for the session's canary; undefined where no prompt has one. */
  readonly #leaks: LeakWatch | undefined

  readonly #language: (() => string | undefined) | undefined
  /** What the session knows, asked before each decision. */
  readonly #facts: (stage: Stage) => DecideFacts

  constructor(policy: CompiledPolicy, { canary, facts, shadow, language }: PolicyGateOptions = {}) {
    this.#policy = policy
    this.#facts = facts ?? (() => ({}))
    this.#language = language
    this.#gate = this.#openGate()
    this.#shadow =
      shadow === undefined ? undefined : new ShadowGate(shadow, { facts: () => this.#facts('output'), language })
    this.#leaks = canary === undefined ? undefined : new LeakWatch(canary)
  }

  /**
   * Another policy from here on (a floor). What was heard goes over, so that a phrase that has begun is still one; what was held
   * back is judged by the new one before it leaves.
   */
  swap(policy: CompiledPolicy): void {
    this.#policy = policy
    this.#reopen()
  }

  #reopen(): void {
    const make = (carried: CarriedState): OutputGate => this.#openGate(carried)
    const { gate, steps } = swapGate(this.#gate, { make, heard: this.#lastHeard })
    this.#gate = gate
    this.#handedOver.push(...steps)
    this.#given = this.#given && make(this.#given.carriedState())
    this.#heard = this.#heard && make(this.#heard.carriedState())
  }

  /** The record of lines that gave way to floors: what they say, the agent does not. */
  replacedLines(): Decision {
    return { ...decide(this.#policy, { stage: 'tick' }), action: 'annotate', error: 'lines_gave_way_to_floors' }
  }

  /** The lines that a session opens with, of all layers, the highest first. They go through the gate as any other text. */
  get openings(): readonly string[] {
    return [...new Set(this.#policy.openings)]
  }

  push(text: string): readonly GateStep[] {
    return this.#steps(() => this.#pushWatched(text))
  }

  endUtterance(): readonly GateStep[] {
    return this.#steps(() => this.#endWatched())
  }

  /** A text that is said by itself, like the first message: judged as one utterance of the running turn. */
  sayWhole(text: string): readonly GateStep[] {
    return this.#steps(() => [...this.#pushWatched(text), ...this.#endWatched()])
  }

  /** A canned line after a decision of another stage, also when the turn is stopped. A line that violates a zone is not said. */
  sayLine(text: string): readonly Cleared[] {
    return this.#gate.gateLine(text).flatMap((step) => (step.kind === 'release' ? [cleared(step.text)] : []))
  }

  /**
   * A text that a client gets beside what is said, like the arguments of a visible tool, and how else it is read. Judged by a gate
   * that is thrown away: the utterance that is running neither changes it nor is changed. A guard step: nothing of it may leave.
   */
  judgeField(text: string, readings: readonly string[]): GateStep {
    const judge = (whole: string): readonly GateStep[] => {
      const gate = this.#openGate()
      return this.#steps(() => [...gate.push(whole), ...gate.endUtterance()])
    }
    const withheld = readings.flatMap(judge).find((step) => step.kind === 'guard')
    if (withheld !== undefined) return withheld
    const steps = judge(text)
    return steps.find((step) => step.kind === 'guard') ?? { kind: 'text', text: joined(steps) }
  }

  userTookTurn(): void {
    this.#leaks?.reset()
    this.#handedOver.splice(0)
    this.#lastHeard = ''
    this.#gate.userTookTurn()
    this.#shadow?.userTookTurn()
    this.#given?.userTookTurn()
    this.#heard?.userTookTurn()
    if (!this.#isStrictest) return
    this.#isStrictest = false
    this.#reopen()
  }

  /**
   * A voice that changes words before it says them (signs and numbers read out, other letters) has the result judged, too: what
   * was cleared as it was written may be something else as it sounds. `asGiven` is the text that the voice gets, `asHeard` the
   * words that it makes of it.
   */
  readonly spokenJudge: SpokenJudge = {
    asGiven: (text) => releasedLength((this.#given ??= this.#openGate()).push(text)),
    asHeard: (text) => releasedLength((this.#heard ??= this.#openGate()).push(text)),
    end: () => {
      const steps = [...(this.#given?.endUtterance() ?? []), ...(this.#heard?.endUtterance() ?? [])]
      return releasedLength(steps) !== undefined
    },
  }

  /** The text without the personal data that the policy keeps from going in this direction. */
  mask(direction: PiiDirection, text: string): string {
    return maskPii(this.#policy, direction, text).text
  }

  /** Somebody else's words for a log; undefined where a rule withholds any of them. */
  forLog(text: string): string | undefined {
    const masked = this.mask('to_logs', text)
    return this.judgeField(masked, []).kind === 'guard' ? undefined : masked
  }

  /** `stopsTurn` when the answer is not the model's any more; `lines` are what is said instead. */
  decideInput(text: string): TimedDecision & { readonly stopsTurn: boolean; readonly lines: readonly string[] } {
    const timed = this.#decide({ stage: 'input', text })
    if (timed.decision.obligations.some(({ kind }) => kind === 'strictest_output')) {
      this.#isStrictest = true
      this.#reopen()
    }
    const stopsTurn = timed.decision.action !== 'allow' && timed.decision.action !== 'annotate'
    return { ...timed, stopsTurn, lines: stopsTurn ? linesOfDecision(this.#policy, timed.decision) : [] }
  }

  decideRetrieval(text: string): TimedDecision {
    return this.#decide({ stage: 'retrieval', text })
  }

  /** Arguments that are no JSON are judged as the text that they are. */
  decideToolCall(tool: string, argumentsJson: string, facts?: ToolFacts): TimedDecision {
    const leaksPrompt = this.#leaks?.isIn(argumentsJson) === true
    return this.#decide(
      { stage: 'tool_call', tool, arguments: parseJson(argumentsJson) },
      { leaksPrompt, ...(facts === undefined ? {} : { tool: facts }) },
    )
  }

  decideToolResult(tool: string, text: string): TimedDecision {
    return this.#decide({ stage: 'tool_result', tool, text })
  }

  /**
   * Whether somebody is called in. `asked` is the decision whose rule asked for it, so that is what is decided here; undefined: the
   * agent itself asked, by its tool.
   */
  decideEscalation(asked: Decision | undefined): TimedDecision {
    return this.#decide({ stage: 'escalation', asked: asked ?? 'agent' })
  }

  /** Whether what has been counted calls somebody, and what is said then. */
  decideCounts(): TimedDecision & { readonly lines: readonly string[] } {
    const timed = this.#decide({ stage: 'escalation' })
    return { ...timed, lines: linesOfDecision(this.#policy, timed.decision) }
  }

  /** In force now. */
  get policy(): CompiledPolicy {
    return this.#policy
  }

  get escalationRules(): CompiledPolicy['sections']['escalation'] {
    return this.#policy.sections.escalation
  }

  /** Ids of the rules that call a person for what was said and forbid nothing of it. */
  get callingRules(): ReadonlySet<string> {
    return new Set([builtInRules.crisis.ruleId, ...this.escalationRules.map(({ ruleId }) => ruleId)])
  }

  /** How often a tool may be called for this person in a day; undefined where no rule says. */
  callsPerDay(tool: string): number | undefined {
    return callsPerDay(this.#policy, tool)
  }

  /** Words of a person of the workspace: all of them, and what the rules of the output note of them. */
  sayAsOperator(text: string): { readonly text: Cleared; readonly noted: readonly TimedDecision[] } {
    const startedMs = performance.now()
    const gate = this.#openGate()
    const steps = [...gate.push(text), ...gate.endUtterance()]
    const engineUs = microseconds(startedMs)
    const noted = steps.flatMap((step): readonly TimedDecision[] =>
      step.kind === 'block' ? [{ decision: { ...step.decision, action: 'annotate', obligations: [] }, engineUs }] : [],
    )
    return { text: cleared(text), noted }
  }

  /** What time alone asks for. */
  decideTick(): TimedDecision {
    return this.#decide({ stage: 'tick' })
  }

  /** The same for a question that nobody records: whether it is worth a turn. */
  peekTick(): Decision {
    return decide(this.#policy, { stage: 'tick' }, this.#facts('tick'))
  }

  /** Undefined where the guard did not step in. */
  markOf(decision: Decision): GuardMark | undefined {
    return guardMark(this.#policy, decision)
  }

  /** Topics that the person has not asked to leave alone are talked about like anything else. */
  #openGate(carried?: CarriedState): OutputGate {
    const isResting = (ruleId: string): boolean => isTopicResting(this.#policy, this.#facts('output').topics, ruleId)
    const policy = this.#isStrictest ? strictestPolicy(this.#policy) : this.#policy
    return createOutputGate(policy, carried, { isResting, language: this.#language })
  }

  #pushWatched(text: string): readonly EngineStep[] {
    if (this.#leaks === undefined) return this.#feed(text)
    const { text: free, leaked } = this.#leaks.push(text)
    const steps = this.#feed(free)
    return leaked ? [...steps, this.#leakBlock()] : steps
  }

  #endWatched(): readonly EngineStep[] {
    const held = this.#leaks?.end() ?? ''
    const steps = [...this.#feed(held), ...this.#remember(this.#gate.endUtterance())]
    this.#shadow?.endUtterance()
    return steps
  }

  #feed(text: string): readonly EngineStep[] {
    this.#shadow?.push(text)
    return this.#remember([...this.#handedOver.splice(0), ...this.#gate.push(text)])
  }

  #remember(steps: readonly EngineStep[]): readonly EngineStep[] {
    for (const step of steps)
      this.#lastHeard = step.kind === 'release' ? (this.#lastHeard + step.text).slice(-maxRemembered) : ''
    return steps
  }

  #leakBlock(): GateBlock {
    const decision = decide(this.#policy, { stage: 'output', text: '' }, { leaksPrompt: true })
    const rule = { ...builtInRules.promptLeak, action: 'replace', line: null, stopTurn: true } as const
    return { kind: 'block', decision, ...rule, blockedText: '', span: { start: 0, end: 0 }, headHeard: 0 }
  }

  #decide(event: PolicyEvent, facts: DecideFacts = {}): TimedDecision {
    const startedMs = performance.now()
    const given = { ...this.#facts(event.stage), earlierHits: this.#gate.earlierHits(), ...facts }
    const decision = decide(this.#policy, event, given)
    const engineUs = microseconds(startedMs)
    // The output gate counts for itself.
    if (decision.mode === 'enforce') this.#gate.countHits(decision.matches.map(({ ruleId }) => ruleId))
    this.#shadow?.decide(event, given)
    return { decision, engineUs, asked: { event, facts: given } }
  }

  #steps(run: () => readonly EngineStep[]): readonly GateStep[] {
    const startedMs = performance.now()
    const steps = run()
    const engineUs = microseconds(startedMs)
    return steps.flatMap((step): readonly GateStep[] => {
      if (step.kind === 'block') return [guard(step, engineUs)]
      return step.text === '' ? [] : [{ kind: 'text', text: cleared(step.text) }]
    })
  }
}

function guard(block: GateBlock, engineUs: number): GateStep {
  return {
    kind: 'guard',
    decision: block.decision,
    action: shownAction('output', { action: block.action, matches: [] }),
    ruleId: block.ruleId,
    label: block.label,
    lines: block.line === null ? [] : [cleared(block.line)],
    stopTurn: block.stopTurn,
    blockedText: block.blockedText,
    charactersHeard: block.headHeard,
    engineUs,
  }
}

/** How many characters may be said; undefined where a rule withholds any. */
function releasedLength(steps: readonly EngineStep[]): number | undefined {
  if (steps.some((step) => step.kind === 'block')) return undefined
  return steps.reduce((sum, step) => sum + (step.kind === 'release' ? step.text.length : 0), 0)
}

/** What was released, in its order. */
function joined(steps: readonly GateStep[]): Cleared {
  return cleared(steps.map((step) => (step.kind === 'text' ? step.text : '')).join(''))
}

/** The only place where text becomes `Cleared`: it has come out of the gate as a release, or as a line that it judged. */
function cleared(text: string): Cleared {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of Cleared
  return text as Cleared
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text)
  } catch {
    return text
  }
}

function microseconds(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000)
}
