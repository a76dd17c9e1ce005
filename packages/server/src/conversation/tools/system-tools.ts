import { languageSchema, type SystemTool } from '@hyponema/contract'
import { z } from 'zod'
import { defineTool, type Tool, type ToolEffect } from './define-tool.ts'

/** The tools of the platform (voice-runtime 7). What they do to the turn is their effect; the turn carries it out. */
export const systemToolMakers = {
  end_call: () =>
    systemTool({
      name: 'end_call',
      description: 'Ends the conversation after what you have said in this answer. Say goodbye before you call it.',
      arguments: z.strictObject({}),
      effect: () => ({ kind: 'end_call' }),
    }),
  skip_turn: () =>
    systemTool({
      name: 'skip_turn',
      description: 'Says nothing and waits, for when the user has asked for a moment or has not finished.',
      arguments: z.strictObject({}),
      effect: () => ({ kind: 'skip_turn' }),
    }),
  language_detection: () =>
    systemTool({
      name: 'language_detection',
      description: 'Call it when the user speaks another language than you do. You then answer in that one.',
      arguments: z.strictObject({ language: languageSchema.describe('Code of the language, as in de or pt-BR') }),
      effect: ({ language }) => ({ kind: 'language', language }),
    }),
  escalate: () =>
    systemTool({
      name: 'escalate',
      description: 'Hands the conversation to a human. Call it when the user asks for one or needs one.',
      arguments: z.strictObject({ reason: z.string().max(300).optional().describe('Why, in a few words') }),
      effect: () => ({ kind: 'escalate' }),
    }),
} as const satisfies Record<SystemTool, () => Tool>

function systemTool<Arguments extends z.ZodType>(definition: {
  readonly name: SystemTool
  readonly description: string
  readonly arguments: Arguments
  readonly effect: (args: z.infer<Arguments>) => ToolEffect
}): Tool {
  const tool = defineTool({
    name: definition.name,
    kind: 'system',
    isIdempotent: true,
    description: definition.description,
    arguments: definition.arguments,
    execute: () => ({ ok: true, fields: {} }),
  })
  return {
    ...tool,
    run: async (untrustedArguments, context, signal) => {
      const run = await tool.run(untrustedArguments, context, signal)
      const parsed = definition.arguments.safeParse(untrustedArguments)
      return run.kind === 'executed' && parsed.success ? { ...run, effect: definition.effect(parsed.data) } : run
    },
  }
}
