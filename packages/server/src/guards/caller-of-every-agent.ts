/**
 * Threat: a key that was limited to some agents reads or changes what belongs to all of them: endpoints that hear the events of
 * each, documents that others answer from, policies that hold the others.
 * Rule: these are the workspace's; nobody who is limited to some agents sees, makes or changes one.
 * On failure: api_key.agent_refused, whichever of them was meant and whether it is there.
 */
import type { Context } from 'hono'
import type { ApiEnv } from '../kernel/request-context.ts'
import { requireEveryAgent } from './agent-allowed.ts'
import { caller } from './protected-route.ts'

/** Who calls, as every route of such a noun asks for it. */
export function callerOfEveryAgent(context: Context<ApiEnv>): ReturnType<typeof caller> {
  const called = caller(context)
  requireEveryAgent(called.principal)
  return called
}
