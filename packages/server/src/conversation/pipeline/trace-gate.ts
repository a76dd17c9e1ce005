import type { GateStep } from '../policy-gate.ts'
import type { TurnRecord } from './turn-record.ts'

/** What went through the output gate as one utterance, in the trace of its turn. */
export type TracedGate = {
  readonly spanId: number
  /** Has the gate look at `text` and counts what it gives. */
  readonly pass: (text: string, look: () => readonly GateStep[]) => readonly GateStep[]
  readonly end: () => void
}

/**
 * Begins the span, below a call of the model or below the turn. The gate judges while text streams, so what it let pass is one
 * decision of the whole utterance; where it stepped in is a decision of its own, kept by whoever sends the steps.
 */
export function traceGate(record: TurnRecord, parent?: number): TracedGate {
  let pushed = 0
  let released = 0
  let guards = 0
  let stopped = false
  let engineMs = 0
  const detail = () => ({ pushed_characters: pushed, released_characters: released, guards })
  const below = parent === undefined ? {} : { parent }
  const span = record.trace.begin('gate', { name: 'gate', ...below, detailIfCut: detail })
  return {
    spanId: span.id,
    pass: (text, look) => {
      const startedMs = performance.now()
      const steps = look()
      engineMs += performance.now() - startedMs
      pushed += text.length
      for (const step of steps) {
        if (step.kind === 'text') released += step.text.length
        else {
          guards += 1
          stopped ||= step.stopTurn
        }
      }
      return steps
    },
    end: () => {
      if (guards === 0) addAllow(record, span.id, engineMs)
      span.end(detail(), stopped ? 'refused' : 'ok')
    },
  }
}

function addAllow({ trace }: TurnRecord, parent: number, engineMs: number): void {
  const engineUs = Math.round(engineMs * 1000)
  trace.add('policy', {
    name: 'output',
    parent,
    detail: { stage: 'output', action: 'allow', rule_ids: [], decision_id: null, engine_us: engineUs },
  })
}
