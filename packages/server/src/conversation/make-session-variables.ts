import { encodeId } from '@hyponema/contract'
import type { Clock } from '../kernel/clock.ts'
import type { OutboundDoor } from '../platform/outbound/outbound-door.ts'
import type { LoadedSession } from './load-session.ts'
import { type ResolvedVariables, resolveVariables } from './resolve-variables.ts'
import type { SessionAuths } from './session-auths.ts'
import { SessionVariables } from './session-variables.ts'
import { systemVariables } from './system-variables.ts'

type Dependencies = {
  readonly clock: Clock
  readonly door: Pick<OutboundDoor, 'fetch'>
  readonly auths: SessionAuths
  /** Of the conversation, where the agent or the backend says it. */
  readonly language: string | undefined
}

/** The variables of a session that was loaded. Asks nobody yet. */
export function makeSessionVariables(loaded: LoadedSession, deps: Dependencies): SessionVariables {
  const { row, agent, settings, person } = loaded
  const facts = {
    sessionId: row.id,
    agentId: row.agentId,
    agentVersion: loaded.agentVersion,
    userId: row.userId,
    modality: row.modality,
    timeZone: person.timeZone,
    language: deps.language ?? person.language ?? undefined,
  }
  return new SessionVariables({
    own: settings.variables,
    defaults: Object.fromEntries(
      agent.dynamic_variables.flatMap(({ name, default: text }) => (text === undefined ? [] : [[name, text] as const])),
    ),
    system: (nowMs) => systemVariables(facts, nowMs),
    resolve: askResolver(loaded, deps),
    nowMs: () => deps.clock.nowMs(),
  })
}

/** Undefined where there is nobody to ask, or nothing that the session was not created with. */
function askResolver(
  { row, agent, scope, settings, outboundHosts }: LoadedSession,
  { door, auths }: Dependencies,
): ((signal: AbortSignal) => Promise<ResolvedVariables>) | undefined {
  const { variable_resolver: resolver } = agent
  const declared = agent.dynamic_variables.map(({ name }) => name)
  const names = declared.filter((name) => !Object.hasOwn(settings.variables, name))
  if (resolver === undefined || names.length === 0) return undefined
  const { url, auth } = resolver
  return (signal) =>
    resolveVariables({
      door,
      use: { workspaceId: scope.workspaceId, onlyHosts: outboundHosts },
      resolver,
      secretHeader: () => (auth === undefined ? undefined : auths.header(auth, { purpose: 'resolver', url })),
      question: {
        agent_id: encodeId('agent', row.agentId),
        session_id: encodeId('session', row.id),
        user_id: encodeId('user', row.userId),
        modality: row.modality,
        variables: names,
      },
      declared,
      signal,
    })
}
