export { listCredentialUses } from './list-credential-uses.ts'

import type { Uuid } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { type AgentVersionRow, findAgent, findVersion } from './store.ts'

export { compileAgentPolicy } from './compile-agent-policy.ts'
export type { AgentVersionRow } from './store.ts'
export {
  findAgent,
  findExistingAgents,
  findVersion as findAgentVersion,
  listAgentRetention,
  listPublishedPolicies,
} from './store.ts'

/** An agent's name and its current version; `version` is undefined while nothing is published. */
export async function findPublishedAgent(
  tx: WorkspaceTx,
  id: Uuid,
): Promise<{ readonly name: string; readonly version: AgentVersionRow | undefined } | undefined> {
  const agent = await findAgent(tx, id)
  if (agent === undefined) return undefined
  const version = agent.publishedVersion === null ? undefined : await findVersion(tx, id, agent.publishedVersion)
  return { name: agent.name, version }
}
export { checkTargets } from './check-targets.ts'
export { createAgent } from './create-agent.ts'
export { publishAgent } from './publish-agent.ts'
export { type DemoSurroundings, renderDemoAgent } from './render-demo-agent.ts'
export { updateAgent } from './update-agent.ts'
