/**
 * Threat: a key that was limited to some agents reaches another one of the same workspace.
 * Rule: a key with `allowed_agents` uses, reads and changes those only; it cannot create agents.
 * On failure: the same answer as for an agent that does not exist.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import { notFound } from '../kernel/path-id.ts'
import type { Principal } from '../kernel/principal.ts'

export function requireAgentAllowed(principal: Principal, agentId: Uuid): void {
  if (principal.kind === 'api_key' && principal.agents?.has(agentId) === false) throw notFound('agent')
}

export function requireEveryAgent(principal: Principal): void {
  if (allowedAgents(principal) !== undefined)
    throw new AppError('api_key.agent_refused', 'key is limited to some agents')
}

/** The agents that lists are narrowed to; undefined means all. */
export function allowedAgents(principal: Principal): readonly Uuid[] | undefined {
  return principal.kind === 'api_key' && principal.agents !== undefined ? [...principal.agents] : undefined
}
