import type { Uuid } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { listActiveHolds } from './store.ts'

export type Holds = {
  /** Then nothing of this workspace is removed. */
  readonly ofWorkspace: boolean
  readonly users: readonly Uuid[]
  readonly agents: readonly Uuid[]
}

/** What may not be removed at that instant. Asked in the transaction that removes. */
export async function findHolds(tx: WorkspaceTx, now: Date): Promise<Holds> {
  const holds = await listActiveHolds(tx, now)
  return {
    ofWorkspace: holds.some(({ userId, agentId }) => userId === null && agentId === null),
    users: holds.flatMap(({ userId }) => userId ?? []),
    agents: holds.flatMap(({ agentId }) => agentId ?? []),
  }
}
