import type { clients, EndReason, modalities, sessionStatuses, Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type SessionStatus = (typeof sessionStatuses)[number]
export type Modality = (typeof modalities)[number]
export type Client = (typeof clients)[number]

export type SessionRow = {
  readonly id: Uuid
  readonly agentId: Uuid
  readonly agentVersion: number
  readonly userId: Uuid
  readonly modality: Modality
  readonly client: Client
  readonly status: SessionStatus
  readonly endReason: EndReason | null
  readonly settings: SealedContent
  readonly variablesSha256: Buffer
  readonly originsSha256: Buffer
  readonly policySha256: Buffer
  readonly tokenJti: Uuid
  readonly turnCount: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly expiresAt: Date
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly ownerBoot: Uuid | null
}

const columns = [
  'id',
  'agent_id as agentId',
  'agent_version as agentVersion',
  'user_id as userId',
  'modality',
  'client',
  'status',
  'end_reason as endReason',
  'variables as settings',
  'variables_sha256 as variablesSha256',
  'origins_sha256 as originsSha256',
  'policy_sha256 as policySha256',
  'token_jti as tokenJti',
  'turn_count as turnCount',
  'input_tokens as inputTokens',
  'output_tokens as outputTokens',
  'expires_at as expiresAt',
  'created_at as createdAt',
  'started_at as startedAt',
  'ended_at as endedAt',
  'owner_boot as ownerBoot',
] as const

export async function insertSession(
  tx: WorkspaceTx,
  session: Pick<
    SessionRow,
    | 'id'
    | 'agentId'
    | 'agentVersion'
    | 'userId'
    | 'modality'
    | 'client'
    | 'settings'
    | 'variablesSha256'
    | 'originsSha256'
    | 'policySha256'
    | 'tokenJti'
    | 'expiresAt'
    | 'createdAt'
  > & { ttlSeconds: number },
): Promise<void> {
  await tx.db
    .insertInto('tenant.sessions')
    .values({
      workspace_id: tx.workspaceId,
      id: session.id,
      agent_id: session.agentId,
      agent_version: session.agentVersion,
      user_id: session.userId,
      modality: session.modality,
      client: session.client,
      status: 'pending',
      variables: session.settings,
      variables_sha256: session.variablesSha256,
      origins_sha256: session.originsSha256,
      policy_sha256: session.policySha256,
      token_jti: session.tokenJti,
      ttl_seconds: session.ttlSeconds,
      expires_at: session.expiresAt,
      created_at: session.createdAt,
    })
    .execute()
}

export async function findSession(tx: WorkspaceTx, id: Uuid): Promise<SessionRow | undefined> {
  return tx.db.selectFrom('tenant.sessions').select(columns).where('id', '=', id).executeTakeFirst()
}

/** When sessions of one person were open: for what it has talked today. Undefined ends are those of sessions that go on. */
export type SessionTimes = { readonly id: Uuid; readonly startMs: number; readonly endMs: number | undefined }

/** More than anybody has in two days; the newest count. */
const maxSessionTimes = 500

export async function listSessionTimes(
  tx: WorkspaceTx,
  { userId, since }: { readonly userId: Uuid; readonly since: Date },
): Promise<readonly SessionTimes[]> {
  const rows = await tx.db
    .selectFrom('tenant.sessions')
    .select(['id', 'started_at as startedAt', 'ended_at as endedAt'])
    .where('user_id', '=', userId)
    .where('created_at', '>', since)
    .where('started_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(maxSessionTimes)
    .execute()
  return rows.flatMap(({ id, startedAt, endedAt }) =>
    startedAt === null ? [] : [{ id, startMs: startedAt.getTime(), endMs: endedAt?.getTime() }],
  )
}

/** The session with its row locked: join, commit of a turn and end take their turn here. */
export async function lockSession(tx: WorkspaceTx, id: Uuid): Promise<SessionRow | undefined> {
  return tx.db.selectFrom('tenant.sessions').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
}

export async function listSessions(
  tx: WorkspaceTx,
  page: { cursor: Cursor; limit: number; status: SessionStatus | undefined; agents: readonly Uuid[] | undefined },
): Promise<SessionRow[]> {
  let query = tx.db
    .selectFrom('tenant.sessions')
    .select(columns)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  if (page.status !== undefined) query = query.where('status', '=', page.status)
  const { agents } = page
  if (agents !== undefined) query = query.where((match) => match('agent_id', '=', match.fn.any(match.val([...agents]))))
  return query.execute()
}

export type LiveSessions = { readonly ofWorkspace: number; readonly ofUser: number }

/** Sessions that wait for their client or talk to it: of the workspace, and of one user in it. */
export async function countLiveOfUser(tx: WorkspaceTx, userId: Uuid): Promise<LiveSessions> {
  const row = await tx.db
    .selectFrom('tenant.sessions')
    .select((column) => [
      column.fn.countAll<string>().as('ofWorkspace'),
      column.fn.countAll<string>().filterWhere('user_id', '=', userId).as('ofUser'),
    ])
    .where((match) => match.or([match('status', '=', 'pending'), match('status', '=', 'in_progress')]))
    .executeTakeFirst()
  return { ofWorkspace: Number(row?.ofWorkspace ?? 0), ofUser: Number(row?.ofUser ?? 0) }
}

/** How many of them the workspace has. */
export async function countLiveSessions(tx: WorkspaceTx): Promise<number> {
  const row = await tx.db
    .selectFrom('tenant.sessions')
    .select((column) => column.fn.countAll<string>().as('live'))
    .where((match) => match.or([match('status', '=', 'pending'), match('status', '=', 'in_progress')]))
    .executeTakeFirst()
  return Number(row?.live ?? 0)
}

/** Sums over the sessions whose id is `since` or later. */
export async function sumUsage(
  tx: WorkspaceTx,
  { since, now }: { since: Uuid; now: Date },
): Promise<{ voiceSeconds: number; modelTokens: number; spokenCharacters: number }> {
  const row = await tx.db
    .selectFrom('tenant.sessions')
    .select([
      sql<string | null>`sum(extract(epoch from greatest(coalesce(ended_at, ${now}), started_at) - started_at))
        filter (where modality <> 'text')`.as('voiceSeconds'),
      sql<string | null>`sum(input_tokens::bigint + output_tokens)`.as('modelTokens'),
      sql<string | null>`sum(spoken_characters::bigint)`.as('spokenCharacters'),
    ])
    .where('id', '>=', since)
    .executeTakeFirst()
  return {
    voiceSeconds: Number(row?.voiceSeconds ?? 0),
    modelTokens: Number(row?.modelTokens ?? 0),
    spokenCharacters: Number(row?.spokenCharacters ?? 0),
  }
}

export async function setTokenJti(tx: WorkspaceTx, id: Uuid, tokenJti: Uuid): Promise<void> {
  await tx.db.updateTable('tenant.sessions').set({ token_jti: tokenJti }).where('id', '=', id).execute()
}

export async function setStarted(
  tx: WorkspaceTx,
  change: { id: Uuid; ownerProcess: string; ownerBoot: Uuid; now: Date; expiresAt: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.sessions')
    .set({
      status: 'in_progress',
      owner_process: change.ownerProcess,
      owner_boot: change.ownerBoot,
      started_at: change.now,
      expires_at: change.expiresAt,
    })
    .where('id', '=', change.id)
    .execute()
}

/** Marks a token as used. False when it was used before: it opens nothing twice, on whichever process. */
export async function spendToken(
  tx: WorkspaceTx,
  token: { jti: Uuid; sessionId: Uuid; kind: 'connect' | 'resume'; expiresAt: Date; now: Date },
): Promise<boolean> {
  const row = await tx.db
    .insertInto('tenant.session_tokens')
    .values({
      workspace_id: tx.workspaceId,
      jti: token.jti,
      session_id: token.sessionId,
      kind: token.kind,
      expires_at: token.expiresAt,
      spent_at: token.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('jti')
    .executeTakeFirst()
  return row !== undefined
}

/** Adds what one turn used to the sums of its session. */
export async function addUsage(
  tx: WorkspaceTx,
  id: Uuid,
  usage: {
    turns: number
    guards: number
    toolCalls: number
    inputTokens: number
    outputTokens: number
    listenedMs: number
    spokenCharacters: number
  },
): Promise<void> {
  await tx.db
    .updateTable('tenant.sessions')
    .set((sum) => ({
      turn_count: sum('turn_count', '+', usage.turns),
      guard_count: sum('guard_count', '+', usage.guards),
      tool_call_count: sum('tool_call_count', '+', usage.toolCalls),
      input_tokens: sum('input_tokens', '+', usage.inputTokens),
      output_tokens: sum('output_tokens', '+', usage.outputTokens),
      listened_ms: sum('listened_ms', '+', usage.listenedMs),
      spoken_characters: sum('spoken_characters', '+', usage.spokenCharacters),
    }))
    .where('id', '=', id)
    .execute()
}

export async function setEnded(
  tx: WorkspaceTx,
  change: { id: Uuid; status: 'completed' | 'failed'; reason: EndReason; now: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.sessions')
    .set({ status: change.status, end_reason: change.reason, ended_at: change.now })
    .where('id', '=', change.id)
    .execute()
}

/** The session that a signal says has ended; undefined when there is no such signal in this workspace. */
export async function findEndedSignal(tx: WorkspaceTx, signalId: Uuid): Promise<Uuid | undefined> {
  const row = await tx.db
    .selectFrom('tenant.signals')
    .select('ref')
    .where('id', '=', signalId)
    .where('kind', '=', 'session_ended')
    .executeTakeFirst()
  return row?.ref
}

/** Signals are wake-ups; what is old has woken everybody. The worker removes them with each session that ends. */
export async function deleteSignalsBefore(tx: WorkspaceTx, before: Date): Promise<void> {
  await tx.db.deleteFrom('tenant.signals').where('created_at', '<', before).execute()
}

/** The newest sessions of these agents, or of all; only what was begun has something to read. */
export async function listNewestSessions(
  tx: WorkspaceTx,
  { agents, limit }: { readonly agents: readonly Uuid[]; readonly limit: number },
): Promise<SessionRow[]> {
  let query = tx.db
    .selectFrom('tenant.sessions')
    .select(columns)
    .where('started_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(limit)
  if (agents.length > 0) query = query.where((match) => match('agent_id', '=', match.fn.any(match.val([...agents]))))
  return query.execute()
}
