/**
 * Threat: the server of a tool writes a value, or an order, into what the model is told of the tool, where no policy stage looks.
 * Rule: name and descriptions of a tool that comes from a server are text of a tool, in every prompt that offers it. What arguments
 * are called and what a schema lists are no text: the model can only choose of them.
 * On failure: what is nested too deeply is left out, as a schema of that depth is refused before.
 */
import type { OriginSegment } from '@hyponema/policy'
import type { Tool } from './define-tool.ts'

const maxDepth = 32
/** Members of a schema that are no words to the model. */
const noTexts: ReadonlySet<string> = new Set(['enum', 'const', 'type', 'required', 'pattern', 'format', '$ref'])

/** One piece for each tool that somebody else describes. */
export function foreignTexts(
  tools: readonly Pick<Tool, 'kind' | 'name' | 'description' | 'parameters'>[],
): OriginSegment[] {
  return tools
    .filter(({ kind }) => kind === 'mcp')
    .map(({ name, description, parameters }) => ({
      text: [name, description, ...textsOf(parameters)].join('\n'),
      trust: 'tool',
    }))
}

function textsOf(schema: unknown, depth = 0): readonly string[] {
  if (typeof schema === 'string' || typeof schema === 'number') return [String(schema)]
  if (typeof schema !== 'object' || schema === null || depth > maxDepth) return []
  return Object.entries(schema).flatMap(([name, member]) => (noTexts.has(name) ? [] : textsOf(member, depth + 1)))
}
