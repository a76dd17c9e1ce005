/**
 * Threat: the character that marks text of documents and tools comes back in what the model writes, and is said, stored, handed
 * to a tool, or told to a client, which could then write it into its next document.
 * Rule: it is taken out of everything that the model writes before anybody sees it; a blank stands there, as it did before.
 * On failure: nothing can fail.
 */
import type { ModelEvent, ModelPort } from './model-port.ts'

/** The model without the session's mark in its words and in the arguments of its calls. */
export function unmarkModel(model: ModelPort, mark: string): ModelPort {
  const code = mark.charCodeAt(0).toString(16).padStart(4, '0')
  // The character itself, or as JSON may write it; a backslash before the backslash makes it another text.
  const written = new RegExp(`${mark}|(?<=(?:^|[^\\\\])(?:\\\\\\\\){0,32})\\\\u${code}`, 'giu')
  return {
    stream: async function* (request): AsyncGenerator<ModelEvent> {
      for await (const event of model.stream(request)) yield unmark(event, mark, written)
    },
  }
}

function unmark(event: ModelEvent, mark: string, written: RegExp): ModelEvent {
  if (event.type === 'text') return { ...event, delta: event.delta.replaceAll(mark, ' ') }
  if (event.type !== 'tool_call') return event
  return { ...event, argumentsJson: event.argumentsJson.replaceAll(written, ' ') }
}
