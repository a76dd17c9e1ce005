import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { bodyId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { AgentDirectory } from './check-agents.ts'

/** The agents that a policy is to hold. One that is not there is refused by its place. */
export async function readAgents(
  tx: WorkspaceTx,
  ids: readonly string[],
  directory: AgentDirectory,
): Promise<readonly Uuid[]> {
  const agents = ids.map((id, index) => bodyId('agent', id, `/agents/${index}`))
  const existing = await directory.findExisting(tx, agents)
  const missing = agents.flatMap((id, index) => (existing.has(id) ? [] : [index]))
  if (missing.length > 0) {
    throw new AppError('request.invalid', 'no such agent', {
      errors: missing.map((index) => ({ pointer: `/agents/${index}`, detail: 'expected an agent of this workspace' })),
    })
  }
  return [...new Set(agents)]
}
