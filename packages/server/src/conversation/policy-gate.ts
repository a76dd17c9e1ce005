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
    return this.#gate.gateLine(text).flatMap((step) => (step.kind === 'release' ? [cleared(step.text)] : []))
  }

  userTookTurn(): void {
    this.#gate.userTookTurn()
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
    action: guardAction(block.action),
    ruleId: block.ruleId,
    label: block.label,
    lines: block.line === null ? [] : [cleared(block.line)],
    stopTurn: block.stopTurn,
    blockedText: block.blockedText,
    charactersHeard: block.headHeard,
    engineUs,
  }
}

/** The only place where text becomes `Cleared`: it has come out of the gate as a release, or as a line that it judged. */
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
