import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider'
import type { ToolCall } from '../prompt-segment.ts'
import type { FinishReason, ModelEvent, ModelUsage } from './model-port.ts'
import { ProviderError } from './provider-error.ts'

/** Longer than any tokenizer's average by far; a provider that goes on after this ignores the token limit we sent. */
const charactersPerToken = 16
const minimumCharacters = 4096
const maxToolCalls = 16
const maxArgumentCharacters = 65_536
/** A usual estimate for Latin text, used only where the provider counts nothing. */
const estimatedCharactersPerToken = 4

/**
 * Turns the parts of one stream into events, within bounds. Tool calls are held back until the stream has finished properly: a cut
 * stream can leave arguments that parse and are not the whole.
 */
export class ModelOutput {
  readonly #promptCharacters: number
  readonly #maxTextCharacters: number
  readonly #calls: ToolCall[] = []
  readonly #callIds = new Set<string>()
  #textCharacters = 0
  #otherCharacters = 0
  #finished = false

  constructor(options: { promptCharacters: number; maxOutputTokens: number }) {
    this.#promptCharacters = options.promptCharacters
    this.#maxTextCharacters = Math.max(minimumCharacters, options.maxOutputTokens * charactersPerToken)
  }

  get finished(): boolean {
    return this.#finished
  }

  /** The events that a part gives, and whether the model said something at all with it. Throws the error of an error part. */
  take(part: LanguageModelV4StreamPart): { readonly events: readonly ModelEvent[]; readonly spoke: boolean } {
    switch (part.type) {
      case 'text-delta':
        return { events: this.#takeText(part.delta), spoke: part.delta !== '' }
      case 'reasoning-delta':
        // Never shown and never kept; it only counts.
        this.#otherCharacters += part.delta.length
        return { events: [], spoke: true }
      case 'tool-input-delta':
        this.#otherCharacters += part.delta.length
        return { events: [], spoke: true }
      case 'tool-call':
        this.#holdCall({ callId: part.toolCallId, name: part.toolName, argumentsJson: part.input })
        return { events: [], spoke: true }
      case 'finish':
        return { events: this.#finish(part.finishReason.unified, part.usage), spoke: true }
      case 'error':
        throw part.error
      default:
        return { events: [], spoke: false }
    }
  }

  /** What was used as far as we can tell, for a call that did not end properly. */
  estimatedUsage(): ModelEvent {
    return { type: 'usage', ...this.#estimate() }
  }

  #takeText(delta: string): readonly ModelEvent[] {
    if (delta === '') return []
    const room = this.#maxTextCharacters - this.#textCharacters
    if (delta.length <= room) {
      this.#textCharacters += delta.length
      return [{ type: 'text', delta }]
    }
    const cut = delta.slice(0, room).toWellFormed()
    this.#textCharacters += cut.length
    const text: readonly ModelEvent[] = cut === '' ? [] : [{ type: 'text', delta: cut }]
    return [...text, ...this.#end('length', this.#estimate())]
  }

  #holdCall(call: ToolCall): void {
    if (this.#calls.length >= maxToolCalls)
      throw new ProviderError('unavailable', `the model wished more than ${maxToolCalls} calls at once`)
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(call.name))
      throw new ProviderError('unavailable', 'the model named a tool in unreadable letters')
    if (call.argumentsJson.length > maxArgumentCharacters) {
      throw new ProviderError(
        'unavailable',
        `the model wrote more than ${maxArgumentCharacters} characters of arguments`,
      )
    }
    const callId = this.#uniqueCallId(call.callId)
    this.#callIds.add(callId)
    this.#calls.push({ ...call, callId })
  }

  /** A call id goes to clients, so nothing may be said in it; a provider's odd or repeated one is replaced. */
  #uniqueCallId(given: string): string {
    if (/^[A-Za-z0-9_-]{1,64}$/.test(given) && !this.#callIds.has(given)) return given
    let number = this.#calls.length + 1
    while (this.#callIds.has(`call_${number}`)) number += 1
    return `call_${number}`
  }

  #finish(reason: string, usage: LanguageModelV4Usage): readonly ModelEvent[] {
    if (reason === 'error' || reason === 'interrupted') {
      throw new ProviderError('unavailable', 'the stream ended before the model had finished')
    }
    const finish = this.#reason(reason)
    // Calls of an answer that was cut short or filtered are not the model's whole wish.
    const calls = finish === 'tool_calls' ? this.#calls.map((call) => ({ type: 'tool_call' as const, ...call })) : []
    return [...calls, ...this.#end(finish, this.#read(usage))]
  }

  /** Some servers say `stop` after a tool call; the calls are what counts. */
  #reason(reason: string): FinishReason {
    if (reason === 'length') return 'length'
    if (reason === 'content-filter') return 'content_filter'
    return this.#calls.length > 0 ? 'tool_calls' : 'stop'
  }

  #end(reason: FinishReason, usage: ModelUsage): readonly ModelEvent[] {
    this.#finished = true
    return [
      { type: 'usage', ...usage },
      { type: 'finish', reason },
    ]
  }

  #read(usage: LanguageModelV4Usage): ModelUsage {
    const inputTokens = usage.inputTokens.total
    const outputTokens = usage.outputTokens.total
    if (!isCount(inputTokens) || !isCount(outputTokens)) return this.#estimate()
    return { inputTokens, outputTokens, reported: true }
  }

  #estimate(): ModelUsage {
    return {
      inputTokens: Math.ceil(this.#promptCharacters / estimatedCharactersPerToken),
      outputTokens: Math.ceil((this.#textCharacters + this.#otherCharacters) / estimatedCharactersPerToken),
      reported: false,
    }
  }
}

/** A provider may write any number; one call does not use a billion tokens. */
function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 && value < 1e9
}
