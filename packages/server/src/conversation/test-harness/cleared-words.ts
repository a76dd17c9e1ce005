import { type AgentDocument, agentDocumentSchema } from '@hyponema/contract'
import { compileAgentPolicy } from '../../features/agents/public.ts'
import type { Cleared } from '../../kernel/cleared.ts'
import { ClearedBuffer } from '../cleared-buffer.ts'
import { PolicyGate } from '../policy-gate.ts'

type Zones = NonNullable<AgentDocument['policy']['no_go_zones']>

/** A gate of its own: with these zones, or with a policy that forbids nothing. */
export function openGate(zones: readonly Partial<Zones[number]>[] = []): PolicyGate {
  const document = agentDocumentSchema.parse({
    persona: { prompt: 'You answer.' },
    model: { kind: 'scripted', script: { rules: [] } },
    policy: { no_go_zones: zones },
  })
  return new PolicyGate(compileAgentPolicy(document, 1))
}

/** Words as a test needs them for speech: through the real gate, with a policy that forbids nothing. */
export function clearedWords(text: string): Cleared {
  const words = new ClearedBuffer()
  for (const piece of openGate().sayLine(text)) words.push(piece)
  if (words.text !== text) throw new Error(`the gate made "${words.text}" of "${text}"`)
  return words.take(text.length)
}
