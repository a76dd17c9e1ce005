/**
 * Threat: sessions share a model of the library, and the call of one leaves with the key, the workspace or the limits of another.
 * Rule: a shared model knows a provider's name, a base URL and a model's name, and no session. Which `fetch` a call goes out by is
 * found by its abort signal: an object made for this one call, which nobody else has.
 * On failure: a request whose signal belongs to no call throws; nothing is sent.
 *
 * The library builds the schemas of its messages for each model: 88 KB, and a session needs them only while the model answers.
 */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { ModelProvider } from '@hyponema/contract'
import { LRUCache } from 'lru-cache'
import { type ProviderProfile, providerProfiles } from './base-urls.ts'

export type ChatModel = { readonly provider: ModelProvider; readonly baseUrl: string; readonly model: string }

type Fetch = NonNullable<Parameters<typeof createOpenAICompatible>[0]['fetch']>
type CreateChatModel = (chat: ChatModel, fetch: Fetch) => Pick<LanguageModelV4, 'doStream'>
type Call = LanguageModelV4CallOptions & { readonly abortSignal: AbortSignal }

/** More than the agents of a process that are spoken with at the same time name; a forgotten one is built again. */
const maxModels = 50

export class ChatModels {
  readonly #models: LRUCache<string, ReturnType<CreateChatModel>>
  readonly #fetchOf = new WeakMap<AbortSignal, Fetch>()
  readonly #create: CreateChatModel

  constructor({ max = maxModels, create = createModel }: { max?: number; create?: CreateChatModel } = {}) {
    this.#models = new LRUCache({ max })
    this.#create = create
  }

  /** Begins a call whose requests go out by `fetch` alone. */
  async stream(chat: ChatModel, call: Call, fetch: Fetch): Promise<ReadableStream<LanguageModelV4StreamPart>> {
    this.#fetchOf.set(call.abortSignal, fetch)
    const { stream } = await this.#model(chat).doStream(call)
    return stream
  }

  #model(chat: ChatModel): ReturnType<CreateChatModel> {
    const key = JSON.stringify([chat.provider, chat.baseUrl, chat.model])
    const model = this.#models.get(key) ?? this.#create(chat, this.#fetch)
    this.#models.set(key, model)
    return model
  }

  readonly #fetch: Fetch = async (input, init) => {
    const fetch = init?.signal ? this.#fetchOf.get(init.signal) : undefined
    if (fetch === undefined) throw new TypeError('a model request that belongs to no call')
    return fetch(input, init)
  }
}

function createModel({ provider, baseUrl, model }: ChatModel, fetch: Fetch): LanguageModelV4 {
  const { asksForUsage, tokenLimitField }: ProviderProfile = providerProfiles[provider]
  return createOpenAICompatible({
    name: provider,
    baseURL: baseUrl,
    apiKey: 'sealed',
    includeUsage: asksForUsage,
    transformRequestBody: (body) => withTokenLimitField(body, tokenLimitField),
    fetch,
  }).chatModel(model)
}

function withTokenLimitField(
  body: Record<string, unknown>,
  field: ProviderProfile['tokenLimitField'],
): Record<string, unknown> {
  if (field === 'max_tokens') return body
  const { max_tokens: limit, ...rest } = body
  return limit === undefined ? rest : { ...rest, [field]: limit }
}
