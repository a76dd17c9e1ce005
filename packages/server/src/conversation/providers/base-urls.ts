import type { ModelProvider } from '@hyponema/contract'

export type ProviderProfile = {
  readonly baseUrl: string | undefined
  /** Whether usage has to be asked for. Mistral sends it unasked and refuses the option. */
  readonly asksForUsage: boolean
  /** OpenAI's newer models refuse the older name, and its older ones take the newer. */
  readonly tokenLimitField: 'max_tokens' | 'max_completion_tokens'
}

const usual = { asksForUsage: true, tokenLimitField: 'max_tokens' } as const

/** Base URLs as the providers document them. Local ones need an installation entry of the outbound door. */
export const providerProfiles = {
  openai: { ...usual, baseUrl: 'https://api.openai.com/v1', tokenLimitField: 'max_completion_tokens' },
  groq: { ...usual, baseUrl: 'https://api.groq.com/openai/v1' },
  mistral: { ...usual, baseUrl: 'https://api.mistral.ai/v1', asksForUsage: false },
  openrouter: { ...usual, baseUrl: 'https://openrouter.ai/api/v1' },
  together: { ...usual, baseUrl: 'https://api.together.xyz/v1' },
  ollama: { ...usual, baseUrl: 'http://127.0.0.1:11434/v1' },
  vllm: { ...usual, baseUrl: 'http://127.0.0.1:8000/v1' },
  custom: { ...usual, baseUrl: undefined },
} as const satisfies Record<ModelProvider, ProviderProfile>
