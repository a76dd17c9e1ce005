import type { WorkspaceLimits } from '@hyponema/contract'
import { updateLimits } from '../../packages/server/src/features/workspaces/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { type Api, type ApiWorkspace, newId } from '../api/api-harness.ts'

/** Changes limits of a workspace as `hyponema workspace limits` does. */
export function setLimits(
  { installation, clock }: Api,
  { scope }: ApiWorkspace,
  change: Partial<WorkspaceLimits>,
): Promise<WorkspaceLimits> {
  const principal = { kind: 'system', scope, name: 'test' } as const
  const { database } = installation
  return auditedTransaction({ database, clock, newId, scope, principal }, (tx) => updateLimits(tx, change))
}
