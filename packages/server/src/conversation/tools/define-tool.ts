import { z } from 'zod'
import type { CallFailureReason } from '../../platform/outbound/call-failure-reason.ts'

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** What a tool says: its fields, or why it did not do it, in words that the user may hear. An expected refusal is a value. */
export type ToolResult =
  | { readonly ok: true; readonly fields: Readonly<Record<string, JsonValue>> }
  | { readonly ok: false; readonly error: string }

/** What a tool does to its turn besides answering. Only tools of the platform have one. */
export type ToolEffect =
  | { readonly kind: 'end_call' }
  | { readonly kind: 'skip_turn' }
  | { readonly kind: 'escalate' }
  | { readonly kind: 'language'; readonly language: string }

/** Why a tool that calls somebody failed. */
export type ToolReason =
  | CallFailureReason
  | 'http_status'
  | 'redirect'
  | 'bad_json'
  | 'bad_arguments'
  | 'changed'
  | 'credential'

/** How a call went, for the trace. In our words: nothing of what was sent or answered. */
export type ToolReport = {
  readonly attempts: number
  readonly statusCode?: number
  readonly answerBytes?: number
  /** Where it failed. */
  readonly reason?: ToolReason
  readonly problem?: string
}

/** Facts that a tool may use. What it may not have (workspace, principal, keys) is missing on purpose. */
export type ToolContext = {
  readonly nowMs: number
  /** The same for every repeat of one call, and for no other call: what a receiver can tell repeats by. */
  readonly idempotencyKey: string
}

export type ToolKind = 'system' | 'built_in' | 'http' | 'mcp'

/**
 * A tool of one session. `parameters` is the JSON Schema that the model sees and that arguments are checked by. `run` takes
 * arguments that are not trusted.
 */
export type Tool = {
  readonly name: string
  readonly kind: ToolKind
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** Clients get its arguments and results, cleared. */
  readonly isVisible: boolean
  /** Calls of it may run beside others. What changes something runs after the calls before it. */
  readonly isIdempotent: boolean
  /** It changes something or sends something on: once text of documents or tools is in the prompt, the person is asked first. */
  readonly hasEffects: boolean
  readonly timeoutMs: number
  /** Said while the person waits for it. */
  readonly waitingLine: string | undefined
  /** Why it cannot be called with these, in words for the model; undefined when it can. Nothing is done, nobody is called. */
  readonly refuseArguments: (untrustedArguments: unknown) => string | undefined
  readonly run: (untrustedArguments: unknown, context: ToolContext, signal: AbortSignal) => Promise<ToolRun>
}

/** Arguments that do not fit the schema never reach `execute`. */
export type ToolRun =
  | {
      readonly kind: 'executed'
      readonly result: ToolResult
      readonly effect?: ToolEffect
      readonly report?: ToolReport
    }
  | { readonly kind: 'bad_arguments'; readonly problems: string }

/** Longer than that and the user believes that the line is dead. */
const usualTimeoutMs = 10_000

/** Makes a tool from a schema and what it does with arguments that fit. */
export function defineTool<Arguments extends z.ZodType>(definition: {
  readonly name: string
  readonly kind: ToolKind
  readonly isIdempotent: boolean
  readonly description: string
  readonly arguments: Arguments
  readonly execute: (
    args: z.infer<Arguments>,
    context: ToolContext,
    signal: AbortSignal,
  ) => ToolResult | Promise<ToolResult>
}): Tool {
  const { name, kind, isIdempotent, description, execute } = definition
  return {
    name,
    kind,
    description,
    isVisible: false,
    isIdempotent,
    hasEffects: kind !== 'system' && !isIdempotent,
    timeoutMs: usualTimeoutMs,
    waitingLine: undefined,
    parameters: z.toJSONSchema(definition.arguments, { io: 'input' }),
    refuseArguments: (untrustedArguments) => {
      const { error } = definition.arguments.safeParse(untrustedArguments)
      return error === undefined ? undefined : describeProblems(error)
    },
    run: async (untrustedArguments, context, signal) => {
      const parsed = definition.arguments.safeParse(untrustedArguments)
      if (!parsed.success) return { kind: 'bad_arguments', problems: describeProblems(parsed.error) }
      return { kind: 'executed', result: await execute(parsed.data, context, signal) }
    },
  }
}

/** For the model, so that it can correct itself: at most five places, each with what was expected there. */
function describeProblems(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ')
    .slice(0, 500)
}
