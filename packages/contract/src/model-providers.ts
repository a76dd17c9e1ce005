/** Providers that speak the OpenAI chat protocol. An agent names one; `custom` brings its own base URL. */
export const modelProviders = [
  'openai',
  'groq',
  'mistral',
  'openrouter',
  'together',
  'ollama',
  'vllm',
  'custom',
] as const
export type ModelProvider = (typeof modelProviders)[number]

/** Where providers are, as they document it. A local one needs an installation entry of the outbound door; `custom` has none. */
export const providerBaseUrls = {
  openai: 'https://api.openai.com/v1',
  groq: 'https://api.groq.com/openai/v1',
  mistral: 'https://api.mistral.ai/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  together: 'https://api.together.xyz/v1',
  ollama: 'http://127.0.0.1:11434/v1',
  vllm: 'http://127.0.0.1:8000/v1',
  custom: undefined,
  deepgram: 'https://api.deepgram.com',
  elevenlabs: 'https://api.elevenlabs.io',
} as const satisfies Readonly<Record<ModelProvider | 'deepgram' | 'elevenlabs', string | undefined>>

/** Servers that run on the installation's own machines (architecture.md, models). */
const keyless: ReadonlySet<ModelProvider> = new Set(['ollama', 'vllm', 'custom'])

/** Whether nothing is sent to the provider without a sealed key. The others are called with one or without. */
export function needsProviderKey(provider: ModelProvider): boolean {
  return !keyless.has(provider)
}
