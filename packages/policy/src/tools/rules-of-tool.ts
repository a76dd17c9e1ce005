import type { CompiledPolicy } from '../compile/compiled-policy.ts'

/** The rules of all layers that hold for this tool. */
export function rulesOfTool(policy: CompiledPolicy, tool: string): CompiledPolicy['sections']['tools'] {
  return policy.sections.tools.filter(({ rule }) => rule.tools.includes(tool) || rule.tools.includes('*'))
}
