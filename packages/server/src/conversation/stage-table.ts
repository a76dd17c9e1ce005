import type { Stage } from '@hyponema/contract'

/** Who takes the decision of a stage. None is left to a default. */
type StageWiring = { readonly caller: string }

/**
 * All eight stages of the policy engine and where each is asked. A stage of the contract that is missing here does not
 * compile, and test/architecture checks that the named files really call the gate.
 */
export const stageWiring = {
  input: { caller: 'conversation/pipeline/answer-message.ts' },
  retrieval: { caller: 'conversation/pipeline/judge-piece.ts' },
  tool_call: { caller: 'conversation/pipeline/judge-calls.ts' },
  tool_result: { caller: 'conversation/pipeline/judge-piece.ts' },
  output: { caller: 'conversation/pipeline/ask-model.ts' },
  escalation: { caller: 'conversation/pipeline/run-turn.ts' },
  contact: { caller: 'features/contact/check-contact.ts' },
  tick: { caller: 'conversation/pipeline/run-tick.ts' },
} as const satisfies Record<Stage, StageWiring>
