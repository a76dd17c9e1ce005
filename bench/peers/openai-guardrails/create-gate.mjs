/**
 * `@openai/guardrails` with its keyword filter on the output stage, streaming as its client does by default: chunks are
 * handed on at once, and the text so far is checked after each 100th chunk and at the end. No model and no key are needed
 * for this guardrail. What had been handed on when it trips has been heard.
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { keywordsCheck } = require('@openai/guardrails/dist/checks/keywords.js')
const { StreamingMixin } = require('@openai/guardrails/dist/streaming.js')
const { GuardrailTripwireTriggered } = require('@openai/guardrails/dist/exceptions.js')

export function createGate(phrases) {
  const client = {
    extractResponseText: (chunk) => chunk,
    createGuardrailsResponse: (chunk) => chunk,
    runStageGuardrails: async (_stage, text) => {
      const result = await keywordsCheck({}, text, { keywords: phrases })
      if (result.tripwireTriggered) throw new GuardrailTripwireTriggered(result)
      return [result]
    },
  }
  return {
    run: async (pieces) => {
      let released = ''
      try {
        for await (const chunk of StreamingMixin.prototype.streamWithGuardrails.call(client, pieces, [], [])) {
          if (typeof chunk === 'string') released += chunk
        }
      } catch (error) {
        if (!(error instanceof GuardrailTripwireTriggered)) throw error
      }
      return released
    },
  }
}
