import type { FinishReason, ModelEvent, ModelPort, ModelRequest } from '../providers/model-port.ts'

/** A model that says what a test hands it, when the test hands it. */
export type HandModel = ModelPort & {
  readonly requests: readonly ModelRequest[]
  readonly say: (text: string) => void
  readonly wish: (name: string, argumentsJson: string, callId?: string) => void
  /** Ends the present answer. */
  readonly finish: (reason?: FinishReason) => void
  readonly fail: (error: Error) => void
}

type Step = ModelEvent | { readonly type: 'fail'; readonly error: Error }

export function handModel(): HandModel {
  const steps: Step[] = []
  const requests: ModelRequest[] = []
  let wake: (() => void) | undefined
  let calls = 0
  const give = (step: Step): void => {
    steps.push(step)
    wake?.()
  }
  const next = async (signal: AbortSignal): Promise<Step> => {
    for (;;) {
      signal.throwIfAborted()
      const step = steps.shift()
      if (step !== undefined) return step
      await new Promise<void>((resolve) => {
        wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }
  return {
    requests,
    say: (delta) => give({ type: 'text', delta }),
    wish: (name, argumentsJson, callId) => {
      calls += 1
      give({ type: 'tool_call', callId: callId ?? `call${calls}`, name, argumentsJson })
    },
    finish: (reason = 'stop') => {
      give({ type: 'usage', inputTokens: 3, outputTokens: 2, reported: true })
      give({ type: 'finish', reason })
    },
    fail: (error) => give({ type: 'fail', error }),
    stream: async function* (request) {
      requests.push(request)
      for (;;) {
        const step = await next(request.signal).catch((reason: unknown) => ({ type: 'cut' as const, reason }))
        if (step.type === 'cut') {
          yield { type: 'usage', inputTokens: 3, outputTokens: 1, reported: false }
          throw step.reason
        }
        if (step.type === 'fail') throw step.error
        yield step
        if (step.type === 'finish') return
      }
    },
  }
}
