import type { AgentDocument } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { bodyId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findLiveCredential } from '../credentials/public.ts'

/** Refuses a document whose model names a credential that is gone or of another kind. A scripted model needs none. */
export async function checkCredential(tx: WorkspaceTx, document: AgentDocument): Promise<void> {
  if (document.model.kind === 'scripted' || document.model.credential_id === undefined) return
  const pointer = '/model/credential_id'
  const credential = await findLiveCredential(tx, bodyId('credential', document.model.credential_id, pointer))
  if (credential === undefined) {
    throw new AppError('credential.missing', 'model credential is gone', {
      errors: [{ pointer, detail: 'name a credential of kind `model` that exists in this workspace' }],
    })
  }
  if (credential.kind !== 'model') {
    throw new AppError('credential.kind_mismatch', `credential is of kind ${credential.kind}`, {
      errors: [{ pointer, detail: 'a model needs a credential of kind `model`' }],
    })
  }
}
