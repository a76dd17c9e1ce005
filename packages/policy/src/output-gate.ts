/**
 * Threat: the gate fails, and what it should have judged leaves unjudged.
 * Rule: any error inside ends the turn. A gate that has failed says nothing more until the user takes a turn.
 * On failure: a block with the stage's safe default (`replace`, `stop_turn`), rule `engine/...`, and no text.
 */
import { type Decision, stageTable } from '@hyponema/contract'
import type { CompiledPolicy } from './compiled-policy.ts'
import { allParts, GateMachine, type GateParts, HoldLimitError, type MachineState } from './gate-machine.ts'
import type { GateStep } from './gate-step.ts'
import { failedDecision } from './rule-decision.ts'

/** What a phrase split over two utterances needs to be recognised: plain data, holds only text that has been heard. */
export type CarriedState = MachineState

/**
 * The output gate of one session. Text goes in as it comes from the model; steps come out in the order in which they are to
 * be carried out. Released text is not `Cleared` yet: only the caller's policy gate makes that brand.
 */
export interface OutputGate {
  /** The next piece of the present utterance. */
  readonly push: (text: string) => readonly GateStep[]
  /** The utterance is over (the end of a greeting, a filler, a reply, or its interruption): judges and lets go of the rest. */
  readonly endUtterance: () => readonly GateStep[]
  /** Drops what still waits, forgets the phrases that have begun, opens a stopped turn. */
  readonly userTookTurn: () => void
  /**
   * Judges a whole text that is said by itself: a canned line, also when the turn is stopped. It knows what was heard in
   * this turn. The lines of zones are clean when a policy compiles; one that is blocked all the same is not said.
   */
  readonly gateLine: (text: string) => readonly GateStep[]
  /** For a new gate of the same session: another policy (a floor), or another process. Take it between utterances. */
  readonly carriedState: () => CarriedState
}

export function createOutputGate(policy: CompiledPolicy, carried?: CarriedState): OutputGate {
  return createGateWithout(policy, allParts, carried)
}

/** For the mutation tests, which take parts out. Not exported from the package. */
export function createGateWithout(policy: CompiledPolicy, parts: GateParts, carried?: CarriedState): OutputGate {
  const machine = new GateMachine(policy, parts, carried)
  let failed = false
  const guarded = (run: () => void): readonly GateStep[] => {
    if (failed) return []
    try {
      run()
      return machine.takeSteps()
    } catch (error) {
      failed = true
      return [...machine.takeSteps(), failedStep(policy, error)]
    }
  }
  return {
    push: (text) => guarded(() => machine.push(text)),
    endUtterance: () => guarded(() => machine.endUtterance()),
    userTookTurn: () => {
      machine.userTookTurn()
      failed = false
    },
    gateLine: (text) => gateLine(policy, parts, machine, text),
    carriedState: () => ({ ...machine.copyState(), ...(failed ? { stopped: true } : {}) }),
  }
}

function gateLine(policy: CompiledPolicy, parts: GateParts, machine: GateMachine, text: string): readonly GateStep[] {
  try {
    const line = new GateMachine(policy, parts, { ...machine.copyState(), stopped: false })
    line.push(text)
    line.endUtterance()
    return line.takeSteps()
  } catch (error) {
    return [failedStep(policy, error)]
  }
}

function failedStep(policy: CompiledPolicy, error: unknown): GateStep {
  const ruleId = error instanceof HoldLimitError ? 'engine/hold-limit' : 'engine/error'
  const decision: Decision = failedDecision(policy, 'output', 'enforce', ruleId)
  return {
    kind: 'block',
    decision,
    action: stageTable.output.onError,
    ruleId,
    label: 'safety check',
    line: null,
    stopTurn: true,
    blockedText: '',
    span: { start: 0, end: 0 },
    headHeard: 0,
  }
}
