import type { ModelEvent, ModelPort, ModelRequest } from './model-port.ts'
import { type ProviderWatch, tellFailure } from './provider-watch.ts'

/** The same model, whose provider is watched. */
export function watchModel(model: ModelPort, watch: ProviderWatch): ModelPort {
  return { stream: (request) => watched(model, watch, request) }
}

async function* watched(model: ModelPort, watch: ProviderWatch, request: ModelRequest): AsyncGenerator<ModelEvent> {
  try {
    for await (const event of model.stream(request)) {
      if (event.type === 'finish') watch.worked()
      yield event
    }
  } catch (error) {
    tellFailure(watch, error)
    throw error
  }
}
