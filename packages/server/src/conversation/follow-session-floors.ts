import { findLayersAbove, followFloors, type HeldLayers, keepLayers } from '../features/policies/public.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import type { AgentsInUse } from './agents-in-use.ts'
import type { SessionContext } from './pipeline/session-context.ts'

/**
 * Reads the floors of now for live sessions of one workspace. Returns what has to be done when the transaction has committed:
 * then the layers lie under their digest before a decision names them.
 */
export async function followSessionFloors(
  tx: WorkspaceTx,
  contexts: readonly SessionContext[],
  deps: { readonly agents: AgentsInUse; readonly log: (message: string, error: unknown) => void },
): Promise<() => void> {
  const byAgent = Map.groupBy(contexts, ({ policy }) => policy.begun.agentId)
  const changes: { readonly context: SessionContext; readonly held: HeldLayers }[] = []
  for (const [agentId, group] of byAgent) {
    const above = await findLayersAbove(tx, agentId)
    // Sessions of one agent mostly began with the same layers, and all of them have to follow within a second.
    const heldNow = new Map<string, HeldLayers>()
    for (const context of group) {
      const { began } = context.policy.begun
      const digest = began.sha256.toString('hex')
      const held = heldNow.get(digest) ?? followFloors(began, above)
      heldNow.set(digest, held)
      if (context.policy.isNew(held)) changes.push({ context, held })
    }
  }
  const changed = new Map(changes.map(({ held }) => [held.sha256.toString('hex'), held]))
  for (const held of changed.values()) await keepLayers(tx, held)
  return () => {
    for (const change of changes) swap(change, deps)
  }
}

function swap(
  { context, held }: { readonly context: SessionContext; readonly held: HeldLayers },
  { agents, log }: Parameters<typeof followSessionFloors>[2],
): void {
  const { agent, version } = context.policy.begun
  try {
    const { policy, held: kept } = agents.take(context.scope.workspaceId, { agent, version, held })
    context.policy.swap(kept, policy)
  } catch (error) {
    context.policy.refuse(held)
    log('floors do not compile with what a live session is held to; it keeps its policy', error)
  }
}
