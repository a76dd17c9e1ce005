import type { AgentDocument } from '@hyponema/contract'
import type { CompiledPolicy } from '@hyponema/policy'
import { type CompileLayersOptions, compileLayers, type HeldLayers, namedByDigest } from '../policies/public.ts'

/** Compiles what an agent is held to, all layers; without them its own alone. `version` is the agent version's number, 0 for a draft. */
export function compileAgentPolicy(
  document: AgentDocument,
  version: number,
  held: HeldLayers = namedByDigest([{ layer: 'agent', document: document.policy }]),
  { linesGiveWay = false }: Pick<CompileLayersOptions, 'linesGiveWay'> = {},
): CompiledPolicy {
  return compileLayers(held, { id: 'agent', version, own: { layer: 'agent', pointer: '/policy' }, linesGiveWay })
}
