import type { AgentDocument } from '@hyponema/contract'
import {
  findLayersAbove,
  findPolicyText,
  findShadow,
  followFloors,
  type HeldLayers,
  keepLayers,
  namedByDigest,
} from '../features/policies/public.ts'
import type { SessionRow } from '../features/sessions/public.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'

export type LoadedPolicy = {
  /** What the session was created under. */
  readonly began: HeldLayers
  /** The same with the floors of now. */
  readonly now: HeldLayers
  /** What a share of the sessions is tried with; nothing is done of what it says. */
  readonly shadow: HeldLayers | undefined
}

/** Reads what a session is held to, and keeps it where it is not kept yet. */
export async function loadPolicy(
  tx: WorkspaceTx,
  row: Pick<SessionRow, 'id' | 'agentId' | 'policySha256'>,
  agent: AgentDocument,
): Promise<LoadedPolicy> {
  const kept = await findPolicyText(tx, row.policySha256)
  // A session from before texts were kept had its agent's own layer only.
  const began =
    kept === undefined
      ? namedByDigest([{ layer: 'agent', document: agent.policy }])
      : { layers: kept, sha256: Buffer.from(row.policySha256) }
  const now = followFloors(began, await findLayersAbove(tx, row.agentId))
  await keepLayers(tx, now)
  const shadow = await findShadow(tx, { sessionId: row.id, agentId: row.agentId, held: now })
  if (shadow !== undefined) await keepLayers(tx, shadow)
  return { began, now, shadow }
}
