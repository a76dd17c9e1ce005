import { type ModelProvider, providerBaseUrls } from '@hyponema/contract'

export type ProviderProfile = {
  readonly baseUrl: string | undefined
  /** Whether usage has to be asked for. Mistral sends it unasked and refuses the option. */
  readonly asksForUsage: boolean
  /** OpenAI's newer models refuse the older name, and its older ones take the newer. */
  readonly tokenLimitField: 'max_tokens' | 'max_completion_tokens'
}

const usual = { asksForUsage: true, tokenLimitField: 'max_tokens' } as const

/** What differs from provider to provider. */
export const providerProfiles = {
  openai: { ...usual, baseUrl: providerBaseUrls.openai, tokenLimitField: 'max_completion_tokens' },
  groq: { ...usual, baseUrl: providerBaseUrls.groq },
  mistral: { ...usual, baseUrl: providerBaseUrls.mistral, asksForUsage: false },
  openrouter: { ...usual, baseUrl: providerBaseUrls.openrouter },
  together: { ...usual, baseUrl: providerBaseUrls.together },
  ollama: { ...usual, baseUrl: providerBaseUrls.ollama },
  vllm: { ...usual, baseUrl: providerBaseUrls.vllm },
  custom: { ...usual, baseUrl: providerBaseUrls.custom },
} as const satisfies Record<ModelProvider, ProviderProfile>
