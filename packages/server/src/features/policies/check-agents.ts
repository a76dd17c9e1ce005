/**
 * Threat: a policy of the workspace is put in force beside an agent that cannot be held to both, and its sessions fail.
 * Rule: whichever comes second is refused: a policy is compiled with all layers of each published agent that it holds.
 * On failure: policy.does_not_compile, which names the agent, its version and the rule; nothing is published.
 */
import { type AgentDocument, encodeId, type PolicyDocument, type Uuid } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { refusedLayers } from './compile-layers.ts'
import { namedByDigest, readLayersAbove } from './find-layers.ts'
import { policyThread } from './judge-large.ts'

/** What is published of one agent. */
export type PublishedPolicy = {
  readonly id: Uuid
  readonly name: string
  readonly version: number
  readonly policy: PolicyDocument
} & Pick<AgentDocument, 'sensitivity' | 'waivers'>

/** Lent by the agents, which know policies and not the other way round. */
export type AgentDirectory = {
  readonly listPublished: (tx: WorkspaceTx) => Promise<readonly PublishedPolicy[]>
  readonly findExisting: (tx: WorkspaceTx, ids: readonly Uuid[]) => Promise<ReadonlySet<Uuid>>
}

/** Throws policy.does_not_compile. `layer` is the policy as it is to be; it holds `agents`, or everybody. */
export async function checkAgents(
  tx: WorkspaceTx,
  layer: PolicyLayer & { readonly name: string },
  { agents, directory }: { readonly agents: readonly Uuid[]; readonly directory: AgentDirectory },
): Promise<void> {
  const held = (await directory.listPublished(tx)).filter(({ id }) => agents.length === 0 || agents.includes(id))
  const layersAbove = await readLayersAbove(tx)
  const checked = new Set<string>()
  for (const agent of held) {
    const above = layersAbove(agent.id).filter(({ name }) => name !== layer.name)
    const layers = namedByDigest([...above, layer, { layer: 'agent', document: agent.policy }])
    const digest = layers.sha256.toString('hex')
    // Many agents of a workspace have the same few rules of their own.
    if (checked.has(digest)) continue
    checked.add(digest)
    const verdict = await policyThread.judge({ layers: layers.layers })
    if (verdict.ok) continue
    throw refusedLayers(verdict.diagnostics, {
      own: { layer: `workspace/${layer.name}`, pointer: '' },
      whose: `beside the agent ${agent.name}, ${encodeId('agent', agent.id)}, version ${agent.version}`,
    })
  }
}
