/**
 * Threat: what a session was begun under keeps a floor off it.
 * Rule: floors win. Lines that cannot stand beside them are replaced, which is logged and recorded.
 * On failure: a session that cannot be held to the floors of now is named to the caller, who ends it; that is logged.
 */
import type { Uuid } from '@hyponema/contract'
import { findLayersAbove, followFloors, type HeldLayers, keepLayers } from '../features/policies/public.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import type { AgentsInUse } from './agents-in-use.ts'
import type { SessionContext } from './pipeline/session-context.ts'
import { replacedLinesError } from './replaced-lines-error.ts'

/**
 * Reads the floors of now for live sessions of one workspace. Returns what has to be done when the transaction has committed:
 * then the layers lie under their digest before a decision names them. That returns the sessions that have to end.
 */
export async function followSessionFloors(
  tx: WorkspaceTx,
  contexts: readonly SessionContext[],
  deps: { readonly agents: AgentsInUse; readonly log: (message: string, error: unknown) => void },
): Promise<() => readonly Uuid[]> {
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
  return () => changes.filter((change) => !canFollow(change, deps)).map(({ context }) => context.sessionId)
}

function canFollow(
  { context, held }: { readonly context: SessionContext; readonly held: HeldLayers },
  { agents, log }: Parameters<typeof followSessionFloors>[2],
): boolean {
  const { agent, version } = context.policy.begun
  try {
    const { policy, held: kept } = agents.take(context.scope.workspaceId, { agent, version, held })
    context.policy.swap(kept, policy)
    if (policy.replacedLines.length > 0) log('lines of a live session gave way to floors', replacedLinesError(policy))
    return true
  } catch (error) {
    log('floors do not compile with what a live session is held to; it ends', error)
    return false
  }
}
