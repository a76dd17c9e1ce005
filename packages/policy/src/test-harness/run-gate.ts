import type { GateBlock, GateStep } from '../gate/gate-step.ts'
import type { OutputGate } from '../gate/output-gate.ts'

export interface GateRun {
  /** What left, utterance by utterance. */
  readonly released: readonly string[]
  /** What left, and the lines that were said in their places. */
  readonly heard: readonly string[]
  readonly blocks: readonly GateBlock[]
  /** Every offset of the source that left. */
  readonly offsets: ReadonlySet<number>
}

/** Sends utterances, each in pieces, through a gate. */
export function runGate(gate: OutputGate, utterances: readonly (readonly string[])[]): GateRun {
  const perUtterance = utterances.map((pieces) => [
    ...pieces.flatMap((piece) => gate.push(piece)),
    ...gate.endUtterance(),
  ])
  const steps = perUtterance.flat()
  const offsets = new Set<number>()
  for (const step of steps) {
    if (step.kind === 'block') continue
    for (let offset = step.sourceStart; offset < step.sourceEnd; offset += 1) offsets.add(offset)
  }
  return {
    released: perUtterance.map((all) => all.map((step) => (step.kind === 'release' ? step.text : '')).join('')),
    heard: perUtterance.map((all) => all.map(heardOf).join('')),
    blocks: steps.filter((step): step is GateBlock => step.kind === 'block'),
    offsets,
  }
}

function heardOf(step: GateStep): string {
  return step.kind === 'release' ? step.text : (step.line ?? '')
}
