/**
 * Threat: the gate fails, and what it should have judged leaves unjudged.
 * Rule: any error inside ends the turn. A gate that has failed says nothing more until the user takes a turn.
 * On failure: a block with the stage's safe default (`replace`, `stop_turn`), rule `engine/...`, and no text.
 */
import { type Decision, stageTable } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { failedDecision } from '../decide/rule-decision.ts'
import type { IsResting } from '../match/exception-filter.ts'
import { GateMachine } from './gate-machine.ts'
import { allParts, type GateParts } from './gate-parts.ts'
import type { GateStep } from './gate-step.ts'
import { HeardJudge, type HeardJudgeState } from './heard-judge.ts'
import { HoldLimitError } from './hold-limit.ts'
import type { MachineState } from './machine-state.ts'

/** What a phrase split over two utterances needs to be recognised: plain data, holds only text that has been heard. */
export interface CarriedState {
  readonly machine: MachineState
  readonly judge: HeardJudgeState
}

/**
 * The output gate of one session. Text goes in as it comes from the model; steps come out in the order in which they are to
 * be carried out, and their texts exactly as they are to be said. Nothing of it is `Cleared` yet: only the caller's policy
 * gate makes that brand.
 */
export interface OutputGate {
  /** The next piece of the present utterance. */
  readonly push: (text: string) => readonly GateStep[]
  /** The utterance is over (the end of a greeting, a filler, a reply, or its interruption): judges and lets go of the rest. */
  readonly endUtterance: () => readonly GateStep[]
  /** Drops what still waits, forgets the phrases that have begun, opens a stopped turn. */
  readonly userTookTurn: () => void
  /**
   * Judges a whole text that is said by itself: a canned line of another stage, also when the turn is stopped. It is heard
   * as one utterance, behind what was heard in this turn and before what follows; blocked, it is not said.
   */
  readonly gateLine: (text: string) => readonly GateStep[]
  /** Per rule with strikes: its hits within its window of turns, at every stage that it watches. Facts of the next decision. */
  readonly earlierHits: () => Readonly<Record<string, number>>
  /** Another stage has matched these rules: one hit each. */
  readonly countHits: (ruleIds: readonly string[]) => void
  /** For a new gate of the same session: another policy (a floor), or another process. Take it between utterances. */
  readonly carriedState: () => CarriedState
}

export interface OutputGateOptions {
  readonly isResting?: IsResting | undefined
  readonly language?: (() => string | undefined) | undefined
}

/**
 * `isResting` says which topics are left alone in the present turn of the user; without it, all of them. `language` is that of the
 * session as it is now: in it is said what stands in place of personal data.
 */
export function createOutputGate(
  policy: CompiledPolicy,
  carried?: CarriedState,
  { isResting, language }: OutputGateOptions = {},
): OutputGate {
  return createGateWithout(policy, language === undefined ? allParts : { ...allParts, language }, carried, isResting)
}

/** For the mutation tests, which take parts out. Not exported from the package. */
export function createGateWithout(
  policy: CompiledPolicy,
  parts: GateParts,
  carried?: CarriedState,
  isResting?: IsResting,
): OutputGate {
  const steps: GateStep[] = []
  const machine = new GateMachine({
    policy,
    parts,
    state: carried?.machine,
    isResting,
    onStep: (step) => (step.kind === 'release' ? judge.release(step) : judge.block(step)),
  })
  const judge = new HeardJudge({
    policy,
    parts,
    state: carried?.judge,
    memory: machine.memory,
    isResting,
    onStep: (step) => addStep(steps, step),
    onStop: () => machine.halt(),
    onWatch: (isWatching) => {
      machine.eager = isWatching
    },
  })
  let failed = false
  const stepsOf = (run: () => void): readonly GateStep[] => {
    try {
      run()
    } catch (error) {
      failed = true
      judge.fail()
      machine.halt()
      steps.push(failedStep(policy, error))
    }
    return steps.splice(0)
  }
  return {
    push: (text) => (failed ? [] : stepsOf(() => machine.push(text))),
    endUtterance: () =>
      failed
        ? []
        : stepsOf(() => {
            machine.endUtterance()
            judge.endUtterance()
          }),
    userTookTurn: () => {
      machine.userTookTurn()
      judge.userTookTurn()
      failed = false
    },
    earlierHits: () =>
      Object.fromEntries(
        policy.zones.flatMap((zone) => {
          const hits = machine.memory.earlierHits(zone)
          return hits === 0 ? [] : [[zone.ruleId, hits]]
        }),
      ),
    countHits: (ruleIds) => {
      for (const zone of policy.zones) if (ruleIds.includes(zone.ruleId)) machine.memory.countHit(zone)
    },
    gateLine: (text) => stepsOf(() => judge.sayLine(text)),
    carriedState: () => {
      const state = machine.copyState()
      return { machine: failed ? { ...state, stopped: true } : state, judge: judge.copyState() }
    },
  }
}

/** What leaves without a gap is one step. */
function addStep(steps: GateStep[], step: GateStep): void {
  const last = steps.at(-1)
  if (last?.kind !== 'release' || step.kind !== 'release' || last.sourceEnd !== step.sourceStart) steps.push(step)
  else steps[steps.length - 1] = { ...last, text: last.text + step.text, sourceEnd: step.sourceEnd }
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
