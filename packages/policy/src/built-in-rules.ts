/** Rules that every policy has, whatever its document says: no layer can switch one off, rename it or take its place. */
export const builtInRules = {
  /** Sentences in documents and answers of tools that give orders to the model are taken out (find-orders.ts). */
  addressesTheModel: { ruleId: 'builtin/addresses_the_model', label: 'text that addresses the model' },
} as const
