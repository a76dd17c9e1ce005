import {
  type AgentDocument,
  type CredentialKind,
  type OpeningPurpose,
  providerBaseUrls,
  type SealedAuth,
} from '@hyponema/contract'

/** A credential that an agent names, and where it would be sent. */
export type CredentialUse = {
  readonly credentialId: string
  readonly kind: Extract<CredentialKind, 'model' | 'speech' | 'voice' | 'internal_api'>
  readonly purpose: Exclude<OpeningPurpose, 'test'>
  /** Undefined where nobody has said it yet: a custom provider without its base URL. */
  readonly url: string | undefined
  readonly pointers: { readonly credential: string; readonly address: string }
}

/** Every credential of a document. A scripted model and the built-in voice name none. */
export function listCredentialUses({
  model,
  voice,
  tools,
  variable_resolver,
}: AgentDocument): readonly CredentialUse[] {
  const uses: CredentialUse[] = []
  if (model.kind !== 'scripted' && model.credential_id !== undefined) {
    const url = model.base_url ?? providerBaseUrls[model.provider]
    uses.push({
      credentialId: model.credential_id,
      kind: 'model',
      purpose: 'model',
      url,
      pointers: pointersOf('/model'),
    })
  }
  const ears = voice?.speech_to_text
  if (ears !== undefined) {
    const url = ears.base_url ?? providerBaseUrls[ears.provider]
    const pointers = pointersOf('/voice/speech_to_text')
    uses.push({ credentialId: ears.credential_id, kind: 'speech', purpose: 'speech', url, pointers })
  }
  const mouth = voice?.text_to_speech
  if (mouth !== undefined && mouth.provider !== 'flite') {
    const url = mouth.base_url ?? providerBaseUrls[mouth.provider]
    const pointers = pointersOf('/voice/text_to_speech')
    uses.push({ credentialId: mouth.credential_id, kind: 'voice', purpose: 'voice', url, pointers })
  }
  for (const [index, tool] of tools.entries())
    if (typeof tool !== 'string') uses.push(...usesOfAuth(tool, { purpose: 'tool', part: `/tools/${index}` }))
  if (variable_resolver !== undefined)
    uses.push(...usesOfAuth(variable_resolver, { purpose: 'resolver', part: '/variable_resolver' }))
  return uses
}

/** The host of a tool is fixed, so the places in its path and query change nothing about where its key goes. */
function usesOfAuth(
  { url, auth }: { readonly url: string; readonly auth?: SealedAuth | undefined },
  { purpose, part }: { readonly purpose: 'tool' | 'resolver'; readonly part: string },
): readonly CredentialUse[] {
  if (auth === undefined) return []
  const pointers = { credential: `${part}/auth/credential_id`, address: `${part}/url` }
  return [{ credentialId: auth.credential_id, kind: 'internal_api', purpose, url, pointers }]
}

function pointersOf(part: string): CredentialUse['pointers'] {
  return { credential: `${part}/credential_id`, address: `${part}/base_url` }
}
