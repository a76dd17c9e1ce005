import { type AgentDocument, needsProviderKey } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { bodyId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { checkAddress, findLiveCredential, type IsOpened } from '../credentials/public.ts'
import { listCredentialUses } from './list-credential-uses.ts'

/**
 * Refuses a document whose model, voice, tools or resolver could never be called: its credential is gone, revoked, of another kind, bound to
 * another address, or missing where the provider needs one, or nobody said where the provider is. A scripted model and the
 * built-in voice need neither.
 */
export async function checkCredential(tx: WorkspaceTx, document: AgentDocument, isOpened: IsOpened): Promise<void> {
  checkModel(document.model)
  for (const use of listCredentialUses(document)) {
    const { credentialId, kind, url, pointers } = use
    const pointer = pointers.credential
    const credential = await findLiveCredential(tx, bodyId('credential', credentialId, pointer))
    if (credential === undefined) {
      throw new AppError('credential.missing', `the ${kind} credential is gone`, {
        errors: [{ pointer, detail: `name a credential of kind \`${kind}\` that exists in this workspace` }],
      })
    }
    if (credential.kind !== kind) {
      throw new AppError('credential.kind_mismatch', `credential is of kind ${credential.kind}`, {
        errors: [{ pointer, detail: `this needs a credential of kind \`${kind}\`` }],
      })
    }
    checkAddress(credential, { url, pointer: pointers.address, isOpened })
  }
}

function checkModel(model: AgentDocument['model']): void {
  if (model.kind === 'scripted') return
  const { provider, credential_id: credentialId } = model
  if (provider === 'custom' && model.base_url === undefined) {
    throw new AppError('request.invalid', 'custom provider without base URL', {
      errors: [{ pointer: '/model/base_url', detail: 'a custom provider needs its base URL' }],
    })
  }
  if (credentialId !== undefined || !needsProviderKey(provider)) return
  throw new AppError('credential.missing', `${provider} needs a credential`, {
    errors: [
      {
        pointer: '/model/credential_id',
        detail: `${provider} needs a credential of kind \`model\`; without a key nothing is called`,
      },
    ],
  })
}
