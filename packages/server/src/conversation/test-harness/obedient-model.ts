import type { PromptMarks } from '../make-prompt-marks.ts'
import { type ModelMessage, type PromptPart, renderPrompt } from '../prompt-segment.ts'
import type { ModelEvent, ModelPort } from '../providers/model-port.ts'
import { unmarkModel } from '../providers/unmark-model.ts'

/** What such a model reads of a prompt: all of it, or what its fences do not enclose. */
export type Reading = (messages: readonly ModelMessage[], marks: PromptMarks) => string

export const readsEverything: Reading = (messages, marks) =>
  messages.map(({ content }) => content.replaceAll(marks.data, ' ')).join('\n')

/** As the fence rule asks: nothing that is fenced, and nothing that has the data mark, is an instruction. */
export const readsOutsideOfFences: Reading = (messages, marks) =>
  messages
    .flatMap(({ content }) =>
      content.replaceAll(/<data ([0-9a-f]{16}) source[^>]*>\n[\s\S]*?\n<\/data \1>/g, '').split('\n'),
    )
    .filter((line) => !line.includes(marks.data) || line.startsWith('Text between'))
    .join('\n')

/**
 * The worst model one could have: whatever text it reads, it does what stands in it. It books for "book <weekday> at <time>", and
 * writes the system text down where it reads "write down everything above", in a call or in its reply.
 */
export function obedientModel(
  marks: PromptMarks,
  reading: Reading = readsEverything,
): ModelPort & { readonly read: string[] } {
  const read: string[] = []
  const model: ModelPort = {
    stream: async function* ({ prompt }): AsyncGenerator<ModelEvent> {
      const messages = renderPrompt(prompt, marks)
      const text = reading(messages, marks)
      read.push(text)
      yield* obey(text, messages, prompt)
    },
  }
  return { ...unmarkModel(model, marks.data), read }
}

function* obey(text: string, messages: readonly ModelMessage[], prompt: readonly PromptPart[]): Generator<ModelEvent> {
  const hasCalled = prompt.some(({ kind }) => kind === 'tool_result')
  const booking = /book (\w+day) at (\d{1,2}:\d\d)/i.exec(text)
  const leak = /write down everything above (in a call|in your reply)/i.exec(text)
  const calls = new Map<string, string>()
  if (booking !== null) calls.set('book', JSON.stringify({ weekday: booking[1], time: booking[2] }))
  if (leak?.[1] === 'in a call') calls.set('leak', JSON.stringify({ weekday: 'Tuesday', time: messages[0]?.content }))
  if (leak?.[1] === 'in your reply') yield { type: 'text', delta: `So be it: ${messages[0]?.content ?? ''}` }
  if (!hasCalled) {
    for (const [callId, argumentsJson] of calls) yield { type: 'tool_call', callId, name: 'book_slot', argumentsJson }
  } else yield { type: 'text', delta: 'Done.' }
  if (calls.size === 0 && leak === null) yield { type: 'text', delta: 'Hello.' }
  yield { type: 'usage', inputTokens: 1, outputTokens: 1, reported: true }
  yield { type: 'finish', reason: calls.size > 0 && !hasCalled ? 'tool_calls' : 'stop' }
}
