import { type AgentDocument, type CredentialKind, providerBaseUrls } from '@hyponema/contract'

/** A credential that an agent names, and where it would be sent. */
export type CredentialUse = {
  readonly credentialId: string
  readonly kind: Extract<CredentialKind, 'model' | 'speech' | 'voice'>
  /** Undefined where nobody has said it yet: a custom provider without its base URL. */
  readonly url: string | undefined
  readonly pointers: { readonly credential: string; readonly address: string }
}

/** Every credential of a document. A scripted model and the built-in voice name none. */
export function listCredentialUses({ model, voice }: AgentDocument): readonly CredentialUse[] {
  const uses: CredentialUse[] = []
  if (model.kind !== 'scripted' && model.credential_id !== undefined) {
    const url = model.base_url ?? providerBaseUrls[model.provider]
    uses.push({ credentialId: model.credential_id, kind: 'model', url, pointers: pointersOf('/model') })
  }
  const ears = voice?.speech_to_text
  if (ears !== undefined) {
    const url = ears.base_url ?? providerBaseUrls[ears.provider]
    uses.push({ credentialId: ears.credential_id, kind: 'speech', url, pointers: pointersOf('/voice/speech_to_text') })
  }
  const mouth = voice?.text_to_speech
  if (mouth !== undefined && mouth.provider !== 'flite') {
    const url = mouth.base_url ?? providerBaseUrls[mouth.provider]
    uses.push({ credentialId: mouth.credential_id, kind: 'voice', url, pointers: pointersOf('/voice/text_to_speech') })
  }
  return uses
}

function pointersOf(part: string): CredentialUse['pointers'] {
  return { credential: `${part}/credential_id`, address: `${part}/base_url` }
}
