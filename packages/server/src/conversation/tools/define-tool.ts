import { z } from 'zod'

/** A field of a tool's answer. Nothing nested: what a tool says is small and can be read out. */
export type ToolValue = string | number | boolean

/** What a tool says: its fields, or why it did not do it, in words that the user may hear. An expected refusal is a value. */
export type ToolResult =
  | { readonly ok: true; readonly fields: Readonly<Record<string, ToolValue>> }
  | { readonly ok: false; readonly error: string }

/** Facts that a tool may use. What it may not have (workspace, principal, keys) is missing on purpose. */
export type ToolContext = { readonly nowMs: number }

/**
 * A tool of one session. `parameters` is the JSON Schema that the model sees, made from the zod schema that checks what the
 * model then wrote, so that the two cannot differ. `run` takes arguments that are not trusted.
 */
export type Tool = {
  readonly name: string
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly run: (untrustedArguments: unknown, context: ToolContext, signal: AbortSignal) => Promise<ToolRun>
}

/** Arguments that do not fit the schema never reach `execute`. */
export type ToolRun =
  | { readonly kind: 'executed'; readonly result: ToolResult }
  | { readonly kind: 'bad_arguments'; readonly problems: string }

/** Makes a tool from a schema and what it does with arguments that fit. */
export function defineTool<Arguments extends z.ZodType>(definition: {
  readonly name: string
  readonly description: string
  readonly arguments: Arguments
  readonly execute: (
    args: z.infer<Arguments>,
    context: ToolContext,
    signal: AbortSignal,
  ) => ToolResult | Promise<ToolResult>
}): Tool {
  const { name, description, execute } = definition
  return {
    name,
    description,
    parameters: z.toJSONSchema(definition.arguments, { io: 'input' }),
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
