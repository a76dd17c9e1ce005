/** Rules that every policy has, whatever its document says: no layer can switch one off, rename it or take its place. */
export const builtInRules = {
  /** Sentences in documents and answers of tools that give orders to the model are taken out (find-orders.ts). */
  addressesTheModel: { ruleId: 'builtin/addresses_the_model', label: 'text that addresses the model' },
  /** A call of a tool, or words of the agent, hold the session's canary: the system text is being passed on. */
  promptLeak: { ruleId: 'builtin/prompt_leak', label: 'parts of the prompt' },
  /** The person is marked so, or has taken its consent back: no class and no hour goes before that. */
  doNotContact: { ruleId: 'builtin/do_not_contact', label: 'do not contact' },
  consentWithdrawn: { ruleId: 'builtin/consent_withdrawn', label: 'consent that was withdrawn' },
  /** A window counts by the person's clock, and nothing says where the person is. */
  unknownTimeZone: { ruleId: 'builtin/unknown_time_zone', label: 'time zone that nobody knows' },
  /** The person says that it does not want to be contacted any more (decide-refusals.ts). */
  optOut: { ruleId: 'builtin/opt_out', label: 'wish not to be contacted' },
  /** Somebody may harm himself or is in danger: a person is called, whatever else is set (decide-wishes.ts). */
  crisis: { ruleId: 'builtin/crisis', label: 'somebody in danger' },
  /** Text of documents or tools is in the prompt, and a tool with effects is to be called (tools/decide-tool-rules.ts). */
  ruleOfTwo: { ruleId: 'builtin/rule_of_two', label: 'action after text from elsewhere' },
  /** Who asks whether they talk to a human is told by the disclosure line, and the model is not asked (disclosure/). */
  askedWhetherHuman: { ruleId: 'builtin/asked_whether_human', label: 'asked whether human' },
} as const
