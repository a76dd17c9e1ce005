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

/** Servers that run on the installation's own machines (architecture.md, models). */
const keyless: ReadonlySet<ModelProvider> = new Set(['ollama', 'vllm', 'custom'])

/** Whether nothing is sent to the provider without a sealed key. The others are called with one or without. */
export function needsProviderKey(provider: ModelProvider): boolean {
  return !keyless.has(provider)
}
