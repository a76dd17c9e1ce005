/**
 * Threat: a rule comes into force while somebody is speaking, and what is half said slips through between two gates.
 * Rule: the new gate gets what the old one has let go of, so that a phrase whose head was heard is still one phrase; what the old
 * one was still holding back is judged by the new one before it leaves.
 * On failure: a gate that has failed or was stopped stays so until the user takes a turn.
 */
import type { CarriedState, GateStep, OutputGate } from '@hyponema/policy'

export type SwappedGate = {
  readonly gate: OutputGate
  /** What the old gate still had to say, as the new one lets it through. */
  readonly steps: readonly GateStep[]
}

export function swapGate(
  before: OutputGate,
  after: {
    /** Makes a gate of the policy that is to be in force. */
    readonly make: (carried: CarriedState) => OutputGate
    /** The end of what has left without a gap in this turn. */
    readonly heard: string
  },
): SwappedGate {
  const carried = behindLines(withHeard(before.carriedState(), after.heard))
  const rest = before.endUtterance()
  const gate = after.make(carried)
  const steps = rest.flatMap((step) => (step.kind === 'release' ? gate.push(step.text) : [step]))
  if (!rest.some((step) => step.kind === 'block' && step.stopTurn)) return { gate, steps }
  const state = gate.carriedState()
  return { gate: after.make({ ...state, machine: { ...state.machine, stopped: true } }), steps }
}

/** The old policy forgot the lines that none of its own phrases could still need: what follows is judged behind all that was heard. */
function behindLines({ judge, ...state }: CarriedState): CarriedState {
  return { ...state, judge: { ...judge, seam: judge.position === 0 ? null : judge.position } }
}

/** The old policy kept of what was heard only what its own phrases could still need. */
function withHeard(state: CarriedState, heard: string): CarriedState {
  const { machine } = state
  const known = machine.heard[0]?.start ?? machine.position
  const start = Math.max(0, machine.position - heard.length)
  if (start >= known) return { ...state, machine: { ...machine, phrasesFrom: Math.min(machine.phrasesFrom, known) } }
  const text = heard.slice(0, known - start)
  return {
    ...state,
    machine: { ...machine, heard: [{ start, text, endsUtterance: false }, ...machine.heard], phrasesFrom: start },
  }
}
