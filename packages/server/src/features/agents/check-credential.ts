import { type AgentDocument, needsProviderKey } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { bodyId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findLiveCredential } from '../credentials/public.ts'

/**
 * Refuses a document whose model could never be called: its credential is gone, of another kind or missing where the
 * provider needs one, or nobody said where the provider is. A scripted model needs neither.
 */
export async function checkCredential(tx: WorkspaceTx, document: AgentDocument): Promise<void> {
  if (document.model.kind === 'scripted') return
  const pointer = '/model/credential_id'
  const { provider } = document.model
  if (provider === 'custom' && document.model.base_url === undefined) {
    throw new AppError('request.invalid', 'custom provider without base URL', {
      errors: [{ pointer: '/model/base_url', detail: 'a custom provider needs its base URL' }],
    })
  }
  if (document.model.credential_id === undefined) {
    if (!needsProviderKey(provider)) return
    throw new AppError('credential.missing', `${provider} needs a credential`, {
      errors: [
        { pointer, detail: `${provider} needs a credential of kind \`model\`; without a key nothing is called` },
      ],
    })
  }
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
