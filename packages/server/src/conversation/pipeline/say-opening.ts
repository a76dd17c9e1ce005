/**
 * Threat: somebody talks to a machine and takes it for a person.
 * Rule: what the policy says a session opens with is said before anything else in it, in text and in voice, by the first turn of
 * any kind; who interrupts it hears it again with the next turn.
 * On failure: the turn is cut, and the next one begins with it.
 */
import { sendSteps } from './speak.ts'
import { traceGate } from './trace-gate.ts'
import type { Turn } from './turn.ts'

export async function sayOpening({ context, record, emit }: Turn): Promise<void> {
  for (const line of context.opening.begin()) {
    const gate = traceGate(record)
    const text = record.said === '' ? line : ` ${line}`
    const { length } = record.said
    const steps = gate.pass(text, () => context.gate.sayWhole(text))
    await sendSteps(context, record, steps, emit, gate.spanId)
    gate.end()
    context.opening.saidAs(line, record.said.slice(length))
  }
}
