import { type AgentDocument, type CredentialKind, needsProviderKey } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { bodyId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findLiveCredential } from '../credentials/public.ts'

/**
 * Refuses a document whose model or voice could never be called: its credential is gone, of another kind or missing where the
 * provider needs one, or nobody said where the provider is. A scripted model and the built-in voice need neither.
 */
export async function checkCredential(tx: WorkspaceTx, document: AgentDocument): Promise<void> {
  const { model, voice } = document
  if (model.kind !== 'scripted') await checkModel(tx, model)
  const ears = voice?.speech_to_text
  if (ears !== undefined) {
    await checkKind(tx, ears.credential_id, { kind: 'speech', pointer: '/voice/speech_to_text/credential_id' })
  }
  const mouth = voice?.text_to_speech
  if (mouth !== undefined && mouth.provider !== 'flite') {
    await checkKind(tx, mouth.credential_id, { kind: 'voice', pointer: '/voice/text_to_speech/credential_id' })
  }
}

async function checkModel(
  tx: WorkspaceTx,
  model: Exclude<AgentDocument['model'], { kind: 'scripted' }>,
): Promise<void> {
  const pointer = '/model/credential_id'
  const { provider, credential_id: credentialId } = model
  if (provider === 'custom' && model.base_url === undefined) {
    throw new AppError('request.invalid', 'custom provider without base URL', {
      errors: [{ pointer: '/model/base_url', detail: 'a custom provider needs its base URL' }],
    })
  }
  if (credentialId !== undefined) return checkKind(tx, credentialId, { kind: 'model', pointer })
  if (!needsProviderKey(provider)) return
  throw new AppError('credential.missing', `${provider} needs a credential`, {
    errors: [{ pointer, detail: `${provider} needs a credential of kind \`model\`; without a key nothing is called` }],
  })
}

async function checkKind(
  tx: WorkspaceTx,
  credentialId: string,
  { kind, pointer }: { kind: CredentialKind; pointer: string },
): Promise<void> {
  const credential = await findLiveCredential(tx, bodyId('credential', credentialId, pointer))
  if (credential === undefined) {
    throw new AppError('credential.missing', `the ${kind} credential is gone`, {
      errors: [{ pointer, detail: `name a credential of kind \`${kind}\` that exists in this workspace` }],
    })
  }
  if (credential.kind === kind) return
  throw new AppError('credential.kind_mismatch', `credential is of kind ${credential.kind}`, {
    errors: [{ pointer, detail: `this needs a credential of kind \`${kind}\`` }],
  })
}
