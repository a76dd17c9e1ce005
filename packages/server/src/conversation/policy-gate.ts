/**
 * Threat: words that a rule forbids leave through some exit: a reply, a greeting, a canned line, a tool's answer.
 * Rule: this is the only caller of the policy engine and the only maker of `Cleared`. Text goes in as it comes from a
 * model; what comes out has passed the output gate, lines of zones included.
 * On failure: the engine answers with the stage's safe default, never with `allow`; a gate that failed says nothing more
 * until the user takes a turn.
 */
import type { Decision, SessionEventData } from '@hyponema/contract'
import {
  type CompiledPolicy,
  createOutputGate,
  decide,
  type GateStep as EngineStep,
  type GateBlock,
  type OutputGate,
  type PolicyEvent,
} from '@hyponema/policy'
import type { Cleared } from '../kernel/cleared.ts'

type GuardAction = SessionEventData<'guard'>['action']

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

export type TimedDecision = { readonly decision: Decision; readonly engineUs: number }

/** The gate of one session. Keeps what a phrase split over several utterances needs, until the user takes a turn. */
export class PolicyGate {
  readonly #policy: CompiledPolicy
  readonly #gate: OutputGate
  /** What was said last: after a line, a space is due before the next words of the model. */
  #ends: 'space' | 'word' | 'line' = 'space'

  constructor(policy: CompiledPolicy) {
    this.#policy = policy
    this.#gate = createOutputGate(policy)
  }

  push(text: string): readonly GateStep[] {
    return this.#steps(() => this.#gate.push(text))
  }

  endUtterance(): readonly GateStep[] {
    return this.#steps(() => this.#gate.endUtterance())
  }

  /** A text that is said by itself, like the first message: judged as one utterance of the running turn. */
  sayWhole(text: string): readonly GateStep[] {
    return this.#steps(() => [...this.#gate.push(text), ...this.#gate.endUtterance()])
  }

  /** A canned line after a decision of another stage, also when the turn is stopped. A line that violates a zone is not said. */
  sayLine(text: string): readonly Cleared[] {
    return this.#cleared(this.#gate.gateLine(text))
  }

  userTookTurn(): void {
    this.#gate.userTookTurn()
    this.#ends = 'space'
  }

  /** `stopsTurn` when the answer is not the model's any more; `lines` are what is said instead. */
  decideInput(text: string): TimedDecision & { readonly stopsTurn: boolean; readonly lines: readonly string[] } {
    const timed = this.#decide({ stage: 'input', text })
    const stopsTurn = timed.decision.action !== 'allow' && timed.decision.action !== 'annotate'
    const lines = timed.decision.obligations.flatMap((obligation) =>
      obligation.kind === 'line' ? [obligation.text] : [],
    )
    return { ...timed, stopsTurn, lines: stopsTurn ? lines.slice(0, 1) : [] }
  }

  decideRetrieval(text: string): TimedDecision {
    return this.#decide({ stage: 'retrieval', text })
  }

  /** Arguments that are no JSON are judged as the text that they are. */
  decideToolCall(tool: string, argumentsJson: string): TimedDecision {
    return this.#decide({ stage: 'tool_call', tool, arguments: parseJson(argumentsJson) })
  }

  decideToolResult(tool: string, text: string): TimedDecision {
    return this.#decide({ stage: 'tool_result', tool, text })
  }

  decideEscalation(): TimedDecision {
    return this.#decide({ stage: 'escalation' })
  }

  #decide(event: PolicyEvent): TimedDecision {
    const startedMs = performance.now()
    const decision = decide(this.#policy, event)
    return { decision, engineUs: microseconds(startedMs) }
  }

  #steps(run: () => readonly EngineStep[]): readonly GateStep[] {
    const startedMs = performance.now()
    const steps = run()
    const engineUs = microseconds(startedMs)
    return steps.map((step) =>
      step.kind === 'release' ? { kind: 'text', text: this.#spaced(step.text) } : this.#guard(step, engineUs),
    )
  }

  #guard(block: GateBlock, engineUs: number): GateStep {
    const said = block.line === null ? [] : this.#cleared(this.#gate.gateLine(block.line))
    const lines = said.map((line, index) => (index === 0 && this.#ends === 'word' ? cleared(` ${line}`) : line))
    if (lines.length > 0) this.#ends = 'line'
    return {
      kind: 'guard',
      decision: block.decision,
      action: guardAction(block.action),
      ruleId: block.ruleId,
      label: block.label,
      lines,
      // The line keeps the pieces around what is hidden from joining up again: where it cannot be said, nothing more is.
      stopTurn: block.stopTurn || (block.line !== null && said.length === 0),
      blockedText: block.blockedText,
      charactersHeard: block.headHeard,
      engineUs,
    }
  }

  /** Text after a line: apart from it, and without the punctuation that belonged to the words which the line replaced. */
  #spaced(released: string): Cleared {
    const follows = this.#ends === 'line'
    const text = follows ? released.replace(/^[.!?,;:\u2026]+/, '') : released
    if (text === '') return cleared('')
    this.#ends = /[\s\p{Ps}\p{Pi}]$/u.test(text) ? 'space' : 'word'
    return cleared(follows && !/^[\s\p{Pe}\p{Pf}]/u.test(text) ? ` ${text}` : text)
  }

  #cleared(steps: readonly EngineStep[]): readonly Cleared[] {
    if (steps.some((step) => step.kind === 'block')) return []
    return steps.flatMap((step) => (step.kind === 'release' ? [cleared(step.text)] : []))
  }
}

/** The only place where text becomes `Cleared`: it has come out of the gate as a release. */
function cleared(text: string): Cleared {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of Cleared
  return text as Cleared
}

/** What a client is told of an action at the output stage; anything that is not one of these is told as `replace`. */
function guardAction(action: GateBlock['action']): GuardAction {
  return action === 'redact' || action === 'escalate' || action === 'end' ? action : 'replace'
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
