/**
 * Threat: a key that was limited to some agents has the events of all of them sent to an endpoint of its own.
 * Rule: endpoints are the workspace's; nobody who is limited to some agents sees, makes or changes one.
 * On failure: api_key.agent_refused, whichever endpoint was meant and whether it is there.
 */
import type { Context } from 'hono'
import { requireEveryAgent } from '../../guards/agent-allowed.ts'
import { caller } from '../../guards/protected-route.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'

/** Who calls, as every route of endpoints asks for it. */
export function checkCaller(context: Context<ApiEnv>): ReturnType<typeof caller> {
  const called = caller(context)
  requireEveryAgent(called.principal)
  return called
}
