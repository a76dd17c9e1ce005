import type { Uuid } from '@hyponema/contract'
import type { JoinRequest } from '../../packages/server/src/conversation/session-host.ts'
import type { SessionClaims } from '../../packages/server/src/guards/session-token.ts'
import type { Api } from './api-harness.ts'
import type { MadeSession } from './made-things.ts'

/** What a token of this session says, read from its row: a session of workspace A. */
export async function claimsOf(api: Api, session: MadeSession): Promise<Omit<SessionClaims, 'kind'>> {
  const [row] = await api.ask<{
    agent_id: Uuid
    agent_version: number
    user_id: Uuid
    modality: SessionClaims['modality']
    client: SessionClaims['client']
    variables: string
    origins: string
    jti: Uuid
  }>(
    `select agent_id, agent_version, user_id, modality, client, encode(variables_sha256, 'hex') as variables,
       encode(origins_sha256, 'hex') as origins, token_jti as jti from tenant.sessions where id = $1`,
    [session.uuid],
  )
  if (row === undefined) throw new Error(`no session ${session.id}`)
  return {
    sessionId: session.uuid,
    scope: api.a.scope,
    agentId: row.agent_id,
    agentVersion: row.agent_version,
    userId: row.user_id,
    variablesSha256: row.variables,
    originsSha256: row.origins,
    modality: row.modality,
    client: row.client,
    jti: row.jti,
  }
}

/** A join as a transport asks for it, from a place that is allowed. */
export async function joinRequest(api: Api, session: MadeSession, kind: JoinRequest['kind']): Promise<JoinRequest> {
  return { ...(await claimsOf(api, session)), kind, checkOrigins: () => undefined }
}
