/** Rules that every policy has, whatever its document says: no layer can switch one off, rename it or take its place. */
export const builtInRules = {
  /** Sentences in documents and answers of tools that give orders to the model are taken out (find-orders.ts). */
  addressesTheModel: { ruleId: 'builtin/addresses_the_model', label: 'text that addresses the model' },
  /** A call of a tool, or words of the agent, hold the session's canary: the system text is being passed on. */
  promptLeak: { ruleId: 'builtin/prompt_leak', label: 'parts of the prompt' },
} as const
