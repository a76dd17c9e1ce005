import type { PolicyDocument } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { checkLint } from './check-lint.ts'
import { compileLayers } from './compile-layers.ts'
import { findInstallationLayer, namedByDigest } from './hold-layers.ts'
import { testLayer } from './test-layer.ts'

/** Lints and compiles a policy of the workspace below the floors, and runs its own tests. Throws policy.does_not_compile or policy.tests_failed. */
export async function testDocument(
  tx: WorkspaceTx,
  { name, document }: { readonly name: string; readonly document: PolicyDocument },
): Promise<void> {
  checkLint(document, '')
  const own: PolicyLayer = { layer: 'workspace', name, document }
  const policy = compileLayers(namedByDigest([...(await findInstallationLayer(tx)), own]), {
    id: name,
    version: 0,
    own: { layer: `workspace/${name}`, pointer: '' },
  })
  await testLayer(policy, own, '')
}
