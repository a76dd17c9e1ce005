import type { PolicyDocument } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { refuseLint } from './check-lint.ts'
import { refusedLayers } from './compile-layers.ts'
import { findInstallationLayer } from './find-layers.ts'
import { policyThread } from './judge-large.ts'
import { refuseFailures } from './test-layer.ts'

/** Lints and compiles a policy of the workspace below the floors, and runs its own tests. Throws policy.does_not_compile or policy.tests_failed. */
export async function testDocument(
  tx: WorkspaceTx,
  { name, document }: { readonly name: string; readonly document: PolicyDocument },
): Promise<void> {
  const own: PolicyLayer = { layer: 'workspace', name, document }
  const layers = [...(await findInstallationLayer(tx)), own]
  const verdict = await policyThread.judge({ layers, linted: document, tested: own })
  refuseLint(verdict.lint, '')
  if (!verdict.ok) throw refusedLayers(verdict.diagnostics, { own: { layer: `workspace/${name}`, pointer: '' } })
  refuseFailures(verdict.failures, '')
}
