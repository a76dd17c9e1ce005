import type { PolicyDocument } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { compileLayers } from './compile-layers.ts'
import { namedByDigest } from './hold-layers.ts'
import { raiseFloors } from './raise-floors.ts'
import { findFloors } from './store.ts'
import { testLayer } from './test-layer.ts'

/** Compiles a policy of the workspace below the floors, and runs its own tests. Throws policy.does_not_compile or policy.tests_failed. */
export async function testDocument(
  tx: WorkspaceTx,
  { name, document }: { readonly name: string; readonly document: PolicyDocument },
): Promise<void> {
  const floors = (await findFloors(tx))?.document
  const own: PolicyLayer = { layer: 'workspace', name, document }
  const layers: readonly PolicyLayer[] =
    floors === undefined ? [own] : [{ layer: 'installation', document: raiseFloors(floors) }, own]
  const policy = compileLayers(namedByDigest(layers), {
    id: name,
    version: 0,
    own: { layer: `workspace/${name}`, pointer: '' },
  })
  testLayer(policy, own, '')
}
