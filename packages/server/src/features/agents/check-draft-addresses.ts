import type { AgentDocument } from '@hyponema/contract'
import { bodyId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { checkAddress, findCredential, type IsOpened } from '../credentials/public.ts'
import { listCredentialUses } from './list-credential-uses.ts'

/**
 * Refuses a draft that would send a credential elsewhere than it may be sent. What else is wrong with its credentials may
 * still change before it is published, and is asked for then. `prefix` is where the document lies in the body.
 */
export async function checkDraftAddresses(
  tx: WorkspaceTx,
  document: AgentDocument,
  { prefix, isOpened }: { prefix: string; isOpened: IsOpened },
): Promise<void> {
  for (const { credentialId, url, pointers } of listCredentialUses(document)) {
    const credential = await findCredential(tx, bodyId('credential', credentialId, prefix + pointers.credential))
    if (credential !== undefined) checkAddress(credential, { url, pointer: prefix + pointers.address, isOpened })
  }
}
