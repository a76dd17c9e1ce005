import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findPublishedAgent } from '../agents/public.ts'
import { findLayers, type HeldLayers } from '../policies/public.ts'

/** The layers that hold for a contact, and the agent version that the lowest of them is of. */
export type ContactPolicy = HeldLayers & { readonly version: number }

/** What holds when this agent is to contact somebody: the installation's, the workspace's and its own. */
export async function findContactPolicy(tx: WorkspaceTx, agentId: Uuid): Promise<ContactPolicy> {
  const agent = await findPublishedAgent(tx, agentId)
  if (agent === undefined) throw notFound('agent')
  if (agent.version === undefined) throw new AppError('agent.not_published', 'no published version')
  const { document, version } = agent.version
  return { ...(await findLayers(tx, { id: agentId, policy: document.policy })), version }
}
