/**
 * Threat: a key that was limited to some agents reads or changes what holds all of them.
 * Rule: policies are the workspace's; nobody who is limited to some agents sees, makes or changes one.
 * On failure: api_key.agent_refused, whichever policy was meant and whether it is there.
 */
import type { Context } from 'hono'
import { requireEveryAgent } from '../../guards/agent-allowed.ts'
import { caller } from '../../guards/protected-route.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'

/** Who calls, as every route of policies asks for it. */
export function checkCaller(context: Context<ApiEnv>): ReturnType<typeof caller> {
  const called = caller(context)
  requireEveryAgent(called.principal)
  return called
}
