import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { rulesOfTool } from './rules-of-tool.ts'

/** The smallest budget of a day that a rule of any layer gives this tool; undefined where none does. */
export function callsPerDay(policy: CompiledPolicy, tool: string): number | undefined {
  const budgets = rulesOfTool(policy, tool).flatMap(({ rule }) => rule.budgets.per_day ?? [])
  return budgets.length === 0 ? undefined : Math.min(...budgets)
}
