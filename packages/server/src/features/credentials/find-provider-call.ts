import { type ModelProvider, modelProviders, providerBaseUrls } from '@hyponema/contract'
import type { CredentialRow } from './store.ts'

/** The cheapest call of a provider that needs the key: a GET, and the header that the door puts the key into. */
export type ProviderCall = { readonly url: string; readonly header: string; readonly prefix: string }

type KnownCall = {
  /** Undefined where only the credential's own base_url can say it: a server of somebody's own. */
  readonly baseUrl: string | undefined
  readonly path: string
  readonly header: string
  readonly prefix: string
}

const bearer = { header: 'authorization', prefix: 'Bearer ' } as const
const models = { ...bearer, path: 'models' } as const
const openAiLike = (provider: ModelProvider): KnownCall => ({ ...models, baseUrl: providerBaseUrls[provider] })

/** What each provider needs, from its API reference. */
const calls = {
  openai: openAiLike('openai'),
  groq: openAiLike('groq'),
  mistral: openAiLike('mistral'),
  together: openAiLike('together'),
  // Its list of models needs no key, and would call every key valid.
  openrouter: { ...bearer, path: 'key', baseUrl: providerBaseUrls.openrouter },
  // A local server of its own address is not what a tenant's key is for.
  ollama: { ...models, baseUrl: undefined },
  vllm: { ...models, baseUrl: undefined },
  custom: { ...models, baseUrl: undefined },
  deepgram: {
    header: 'authorization',
    prefix: 'Token ',
    path: 'v1/projects',
    baseUrl: providerBaseUrls.deepgram,
  },
  elevenlabs: { header: 'xi-api-key', prefix: '', path: 'v1/user', baseUrl: providerBaseUrls.elevenlabs },
  telnyx: { ...bearer, path: 'v2/balance', baseUrl: 'https://api.telnyx.com' },
} as const satisfies Readonly<Record<ModelProvider | 'deepgram' | 'elevenlabs' | 'telnyx', KnownCall>>

/**
 * How to find out whether the key is good; undefined where nobody said where its provider is. A provider that we do not know
 * is asked at the credential's base_url: for its models where it is one of models, as it stands otherwise.
 */
export function findProviderCall(
  credential: Pick<CredentialRow, 'kind' | 'provider' | 'baseUrl'>,
): ProviderCall | undefined {
  const { provider, kind } = credential
  const unknown: KnownCall = { ...bearer, path: kind === 'model' ? 'models' : '', baseUrl: undefined }
  const known = fits(provider, kind) ? knownCalls.get(provider) : undefined
  const call = known ?? unknown
  const baseUrl = credential.baseUrl ?? call.baseUrl
  if (baseUrl === undefined) return undefined
  const url = call.path === '' ? baseUrl : `${baseUrl.replace(/\/+$/, '')}/${call.path}`
  return { url, header: call.header, prefix: call.prefix }
}

/** Where a key of this provider belongs; undefined where we do not know it, as for a server of somebody's own. */
export function findProviderAddress({ provider, kind }: Pick<CredentialRow, 'kind' | 'provider'>): string | undefined {
  return fits(provider, kind) ? knownCalls.get(provider)?.baseUrl : undefined
}

const knownCalls: ReadonlyMap<string, KnownCall> = new Map(Object.entries(calls))

/** A key of another kind that bears a model provider's name is not sent to its models. */
function fits(provider: string, kind: CredentialRow['kind']): boolean {
  const isModels = modelProviders.some((name) => name === provider)
  return isModels === (kind === 'model')
}
