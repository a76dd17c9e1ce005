/**
 * Threat: a key that was limited to some agents reads or deletes what the others know.
 * Rule: sources are the workspace's; nobody who is limited to some agents sees, makes or changes one. Which of them an agent
 * searches is said in the agent.
 * On failure: api_key.agent_refused, whichever source was meant and whether it is there.
 */
import type { Context } from 'hono'
import { requireEveryAgent } from '../../guards/agent-allowed.ts'
import { caller } from '../../guards/protected-route.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'

/** Who calls, as every route of sources asks for it. */
export function checkCaller(context: Context<ApiEnv>): ReturnType<typeof caller> {
  const called = caller(context)
  requireEveryAgent(called.principal)
  return called
}
