import type { PromptPart, ToolCall } from '../prompt-segment.ts'

/** A tool as the model sees it. `parameters` is a JSON Schema object. */
export type ModelTool = {
  readonly name: string
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export type ModelRequest = {
  readonly prompt: readonly PromptPart[]
  readonly tools: readonly ModelTool[]
  readonly maxOutputTokens: number
  readonly temperature?: number
  /** Ends the call: the stream throws `signal.reason` and nothing more is read from the provider. */
  readonly signal: AbortSignal
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

/** Tokens as the provider counted them; `reported: false` when it did not, and the numbers are our estimate from characters. */
export type ModelUsage = { readonly inputTokens: number; readonly outputTokens: number; readonly reported: boolean }

/**
 * What a model says, as it says it. The words are not cleared: only the policy gate may pass them on. `tool_call` is complete
 * when it comes; its name is an identifier of at most 64 characters and may be one that was not offered; `callId` is 1-64
 * characters of letters, digits, - and _, unique within the stream.
 */
export type ModelEvent =
  | { readonly type: 'text'; readonly delta: string }
  | ({ readonly type: 'tool_call' } & ToolCall)
  | ({ readonly type: 'usage' } & ModelUsage)
  | { readonly type: 'finish'; readonly reason: FinishReason }

/**
 * A language model. Order of a stream: `text` and `tool_call` as they come, then one `usage`, then one `finish`, which is last.
 * A stream that stops for any other reason throws: `ProviderError` (auth, quota, rate, timeout, bad_request, unavailable), an
 * `AppError` of the outbound door, or `request.signal.reason`; when the provider had accepted the call, an estimated `usage` comes
 * before the throw, because it will be on the bill. Every wait has a deadline and what a stream may say is bounded.
 * Leaving the loop early closes the connection.
 */
export type ModelPort = { readonly stream: (request: ModelRequest) => AsyncIterable<ModelEvent> }
