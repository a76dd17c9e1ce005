/**
 * Threat: a tenant's key is replaced by one of the process's environment, or leaks into a library, a log or a prompt of another.
 * Rule: the library gets the door's `fetch` and the placeholder `sealed`; the door puts the credential in. No key, no call: without
 * a credential only a server that the installation itself opened is called.
 * On failure: credential.missing before anything is sent; everything else as a ProviderError, whose words are for operators only.
 */
import type { JSONSchema7, LanguageModelV4CallOptions, LanguageModelV4Prompt } from '@ai-sdk/provider'
import { type ModelProvider, needsProviderKey, type Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { LentSecret } from '../../platform/outbound/lend-secret.ts'
import type { OutboundDoor, OutboundUse } from '../../platform/outbound/outbound-door.ts'
import { redactProviderWords } from '../../platform/outbound/redact-provider-words.ts'
import type { PromptMarks } from '../make-prompt-marks.ts'
import { type ModelMessage, type RenderedPrompt, renderPrompt, type ToolCall } from '../prompt-segment.ts'
import { type ProviderProfile, providerProfiles } from './base-urls.ts'
import { type ChatModel, ChatModels } from './chat-models.ts'
import { classifyProviderFailure } from './classify-provider-failure.ts'
import { ModelOutput } from './model-output.ts'
import type { ModelEvent, ModelPort, ModelRequest, ModelTool } from './model-port.ts'
import { ProviderError } from './provider-error.ts'
import { type ModelDeadlines, TokenWatch } from './token-watch.ts'

export type OpenAiCompatibleOptions = {
  readonly door: OutboundDoor
  readonly workspaceId: Uuid
  /** The workspace's own list of hosts. */
  readonly onlyHosts: readonly string[] | null
  readonly provider: ModelProvider
  /** Instead of the provider's own; required for `custom`. */
  readonly baseUrl?: string
  readonly model: string
  readonly credential?: LentSecret
  /** Of the session that the model speaks in. */
  readonly marks: PromptMarks
  readonly deadlines?: Partial<ModelDeadlines>
  /** Shared by sessions; without it this one has its own. */
  readonly chatModels?: ChatModels
}

/** Ten seconds of silence on a call are long; a reply of 4096 tokens takes less than a minute. */
const defaultDeadlines: ModelDeadlines = { firstTokenMs: 10_000, betweenTokensMs: 8000, totalMs: 60_000 }

/** 4096 tokens at 300 bytes of framing each are 1.2 MB; reasoning that is streamed along needs the rest. */
const maxResponseBytes = 8_388_608

/** A model behind any server that speaks OpenAI's chat completions. Throws credential.missing when a key is needed and there is none. */
export function createOpenAiCompatibleModel(options: OpenAiCompatibleOptions): ModelPort {
  const profile: ProviderProfile = providerProfiles[options.provider]
  if (needsProviderKey(options.provider) && options.credential === undefined) {
    throw new AppError('credential.missing', `${options.provider} needs a credential of kind model; nothing was sent`)
  }
  const deadlines = { ...defaultDeadlines, ...options.deadlines }
  const baseUrl = readBaseUrl(options.baseUrl ?? profile.baseUrl)
  const settings: Settings = {
    options,
    deadlines,
    chat: { provider: options.provider, baseUrl, model: options.model },
    chatModels: options.chatModels ?? new ChatModels(),
    send: sender(options, deadlines),
  }
  return { stream: (request) => streamModel(settings, request) }
}

type Settings = {
  readonly options: OpenAiCompatibleOptions
  readonly deadlines: ModelDeadlines
  readonly chat: ChatModel
  readonly chatModels: ChatModels
  readonly send: Sender
}

type Sender = Parameters<ChatModels['stream']>[2]

async function* streamModel(settings: Settings, request: ModelRequest): AsyncGenerator<ModelEvent> {
  request.signal.throwIfAborted()
  const prompt = renderPrompt(request.prompt, settings.options.marks)
  const watch = new TokenWatch(settings.deadlines, request.signal)
  const output = new ModelOutput({
    promptCharacters: countCharacters(prompt),
    maxOutputTokens: request.maxOutputTokens,
  })
  let accepted = false
  try {
    const { chatModels, chat, send } = settings
    const stream = await watch.wait(chatModels.stream(chat, callOptions(prompt, request, watch.signal), send))
    accepted = true
    const reader = stream.getReader()
    while (!output.finished) {
      const next = await watch.wait(reader.read())
      if (next.done) throw new ProviderError('unavailable', 'the stream ended without a finish')
      const { events, spoke } = output.take(next.value)
      if (spoke) watch.tokenCame()
      yield* events
    }
  } catch (cause) {
    const failure: unknown = watch.signal.aborted ? watch.signal.reason : cause
    if (accepted && !output.finished) yield output.estimatedUsage()
    if (failure === request.signal.reason && request.signal.aborted) throw failure
    throw classifyProviderFailure(failure, settings.options.provider, (words) =>
      redactProviderWords(words, settings.options.credential),
    )
  } finally {
    watch.stop()
  }
}

/** How a session's calls leave: through the door, with its own key and within its limits. */
function sender(
  { door, workspaceId, onlyHosts, credential }: OpenAiCompatibleOptions,
  deadlines: ModelDeadlines,
): Sender {
  const use: OutboundUse = {
    workspaceId,
    onlyHosts,
    limits: { firstByteMs: deadlines.firstTokenMs, totalMs: deadlines.totalMs, maxResponseBytes },
    ...(credential === undefined
      ? { installationEntryOnly: true }
      : { secretHeader: { name: 'authorization', prefix: 'Bearer ', secret: credential } }),
  }
  return async (input, init) => {
    if (typeof input !== 'string' || typeof init?.body !== 'string')
      throw new TypeError('expected a URL and a text body')
    const { headers, signal } = init
    return door.fetch(
      { url: input, method: 'POST', body: init.body, ...(headers ? { headers } : {}), ...(signal ? { signal } : {}) },
      use,
    )
  }
}

/** The path is appended to it as text, so a query or fragment would swallow the path. */
function readBaseUrl(baseUrl: string | undefined): string {
  if (baseUrl === undefined || /[?#]/.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new AppError(
      'provider.bad_request',
      'the model has no readable base URL; write one without query and fragment',
    )
  }
  return baseUrl
}

function callOptions(
  prompt: RenderedPrompt,
  request: ModelRequest,
  abortSignal: AbortSignal,
): LanguageModelV4CallOptions & { readonly abortSignal: AbortSignal } {
  return {
    prompt: prompt.map(toLibraryMessage),
    maxOutputTokens: request.maxOutputTokens,
    abortSignal,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toLibraryTool) }),
  }
}

function toLibraryMessage(message: ModelMessage): LanguageModelV4Prompt[number] {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content }
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: message.content }] }
    case 'assistant': {
      const text = message.content === '' ? [] : [{ type: 'text' as const, text: message.content }]
      return { role: 'assistant', content: [...text, ...message.toolCalls.map(toLibraryCall)] }
    }
    case 'tool':
      return {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: message.callId,
            toolName: message.toolName,
            output: { type: 'text', value: message.content },
          },
        ],
      }
    default:
      return message satisfies never
  }
}

function toLibraryCall(call: ToolCall): { type: 'tool-call'; toolCallId: string; toolName: string; input: unknown } {
  return { type: 'tool-call', toolCallId: call.callId, toolName: call.name, input: parseArguments(call.argumentsJson) }
}

/** The library writes them as JSON again. What the model wrote wrongly goes back to it as the text that it was. */
function parseArguments(argumentsJson: string): unknown {
  try {
    const parsed: unknown = JSON.parse(argumentsJson)
    return parsed
  } catch {
    return { unreadable: argumentsJson }
  }
}

function toLibraryTool(tool: ModelTool): {
  type: 'function'
  name: string
  description: string
  inputSchema: JSONSchema7
} {
  if (!isSchema(tool.parameters)) throw new TypeError(`the parameters of ${tool.name} are no JSON Schema object`)
  return { type: 'function', name: tool.name, description: tool.description, inputSchema: tool.parameters }
}

function isSchema(value: unknown): value is JSONSchema7 {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function countCharacters(prompt: RenderedPrompt): number {
  return prompt.reduce((sum, message) => sum + message.content.length, 0)
}
