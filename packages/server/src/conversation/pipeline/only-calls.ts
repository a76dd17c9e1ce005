import type { Decision } from '@hyponema/contract'

/**
 * Whether a decision about what a person said does nothing but call somebody: nothing in it is forbidden, and the agent that has the talk
 * back has to know what was asked. Where any other rule matched as well, or one failed, it is taken for more than that.
 */
export function onlyCalls({ action, matches, error }: Decision, callingRules: ReadonlySet<string>): boolean {
  if (action !== 'escalate' || error !== undefined || matches.length === 0) return false
  return matches.every(({ ruleId }) => callingRules.has(ruleId))
}
