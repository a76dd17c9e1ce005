import type { PromptPart } from '../prompt-segment.ts'
import type { ModelEvent, ModelPort } from '../providers/model-port.ts'

/** What such a model does about what it reads: words, and calls. */
export type PuppetDeed = {
  readonly says?: string
  readonly calls?: readonly { readonly name: string; readonly args: unknown }[]
}

/** A model without a will of its own: it does what the test makes of the prompt, whoever wrote what stands there. */
export function puppetModel(decide: (prompt: readonly PromptPart[]) => PuppetDeed): ModelPort {
  let count = 0
  return {
    stream: async function* ({ prompt }): AsyncGenerator<ModelEvent> {
      const { says = '', calls = [] } = decide(prompt)
      if (says !== '') yield { type: 'text', delta: says }
      for (const { name, args } of calls) {
        count += 1
        yield { type: 'tool_call', callId: `c${count}`, name, argumentsJson: JSON.stringify(args) }
      }
      yield { type: 'usage', inputTokens: 1, outputTokens: 1, reported: true }
      yield { type: 'finish', reason: calls.length > 0 ? 'tool_calls' : 'stop' }
    },
  }
}
