import type { Uuid } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import { sha256 } from '../../platform/crypto/sha256.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { type HeldLayers, namedByDigest } from './find-layers.ts'
import { type AppliedPolicy, listApplied } from './store.ts'

/**
 * The layers of a session with the versions that are tried in place of those in force; undefined where it is not among the
 * sessions that try any. Whether it is follows from its id alone, so it stays so.
 */
export async function findShadow(
  tx: WorkspaceTx,
  { sessionId, agentId, held }: { sessionId: Uuid; agentId: Uuid; held: HeldLayers },
): Promise<HeldLayers | undefined> {
  const tried = (await listApplied(tx, 'shadow')).filter(
    (policy) => isFor(policy, agentId) && isInShare(policy, sessionId),
  )
  if (tried.length === 0) return undefined
  const names = new Set(tried.map(({ name }) => name))
  const workspace: readonly PolicyLayer[] = [
    ...held.layers.filter(({ layer, name = '' }) => layer === 'workspace' && !names.has(name)),
    ...tried.map(({ name, document }) => ({ layer: 'workspace' as const, name, document })),
  ].toSorted((left, right) => ((left.name ?? '') < (right.name ?? '') ? -1 : 1))
  const of = (wanted: PolicyLayer['layer']) => held.layers.filter(({ layer }) => layer === wanted)
  return namedByDigest([...of('installation'), ...workspace, ...of('agent')])
}

function isFor({ agents }: AppliedPolicy, agentId: Uuid): boolean {
  return agents.length === 0 || agents.includes(agentId)
}

function isInShare({ id, share }: AppliedPolicy, sessionId: Uuid): boolean {
  return sha256(`${id} ${sessionId}`).readUInt32BE(0) % 100 < share
}
