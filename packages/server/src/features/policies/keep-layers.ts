import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { HeldLayers } from './find-layers.ts'
import { hasPolicyText, insertPolicyText } from './store.ts'

/** Writes the layers under their digest, once, so that every decision under them can be taken again. */
export async function keepLayers(tx: WorkspaceTx, held: HeldLayers): Promise<void> {
  if (await hasPolicyText(tx, held.sha256)) return
  await insertPolicyText(tx, held)
}
