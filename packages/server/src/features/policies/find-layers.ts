import type { PolicyDocument, Uuid } from '@hyponema/contract'
import { canonicalPolicyText, type PolicyLayer } from '@hyponema/policy'
import { sha256 } from '../../platform/crypto/sha256.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { lockWorkspace } from '../workspaces/public.ts'
import { raiseFloors } from './raise-floors.ts'
import { findFloors, listApplied } from './store.ts'

/** All layers under which somebody talks, and the digest that names them everywhere. */
export type HeldLayers = { readonly layers: readonly PolicyLayer[]; readonly sha256: Buffer }

/**
 * Who puts a layer in force waits here for whoever is doing so: of two that cannot stand beside each other the second has to see the
 * first. Called before any other row is locked, so that nobody waits in a circle.
 */
export async function takeLayerTurn(tx: WorkspaceTx): Promise<void> {
  await lockWorkspace(tx)
}

/** The layers that hold an agent now: the floors of the installation, the policies of the workspace that name it, its own. */
export async function findLayers(
  tx: WorkspaceTx,
  agent: { readonly id: Uuid; readonly policy: PolicyDocument },
): Promise<HeldLayers> {
  const above = await findLayersAbove(tx, agent.id)
  return namedByDigest([...above, { layer: 'agent', document: agent.policy }])
}

/** Those above the agent's own. */
export async function findLayersAbove(tx: WorkspaceTx, agentId: Uuid): Promise<readonly PolicyLayer[]> {
  return (await readLayersAbove(tx))(agentId)
}

/** The same for many agents, read once. */
export async function readLayersAbove(tx: WorkspaceTx): Promise<(agentId: Uuid) => readonly PolicyLayer[]> {
  const installation = await findInstallationLayer(tx)
  const applied = await listApplied(tx, 'published')
  return (agentId) => [
    ...installation,
    ...applied
      .filter(({ agents }) => agents.length === 0 || agents.includes(agentId))
      .map(({ name, document }) => ({ layer: 'workspace' as const, name, document }))
      // Not as the database sorts: a digest must not depend on its collation.
      .toSorted((left, right) => (left.name < right.name ? -1 : 1)),
  ]
}

/** The floors of the installation as a layer; none where none are set. */
export async function findInstallationLayer(tx: WorkspaceTx): Promise<readonly PolicyLayer[]> {
  const document = (await findFloors(tx))?.document
  return document === undefined ? [] : [{ layer: 'installation', document: raiseFloors(document) }]
}

export function namedByDigest(layers: readonly PolicyLayer[]): HeldLayers {
  return { layers, sha256: sha256(canonicalPolicyText(layers)) }
}
