import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { decide } from '../decide/decide.ts'
import { createOutputGate } from '../gate/output-gate.ts'

/** The text does more than leave a note, as a message of the user or as words of the agent. */
export function isStopped(policy: CompiledPolicy, text: string, stage: 'input' | 'output'): boolean {
  if (stage === 'input') return !['allow', 'annotate'].includes(decide(policy, { stage, text }).action)
  const gate = createOutputGate(policy)
  return [...gate.push(text), ...gate.endUtterance()].some(({ kind }) => kind === 'block')
}
