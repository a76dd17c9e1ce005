import { type AgentDocument, encodeId, type Uuid } from '@hyponema/contract'
import { findAgentVersion, listCredentialUses } from '../features/agents/public.ts'
import { type CurrentVersion, findSealedVersions } from '../features/credentials/public.ts'
import { lockSession, openSettings, type SessionRow, setStarted, spendToken } from '../features/sessions/public.ts'
import { findToolPins, type ServerPins } from '../features/tools/public.ts'
import { findUser, type UserRow } from '../features/users/public.ts'
import { recordEvent } from '../features/webhooks/public.ts'
import { findSettings } from '../features/workspaces/public.ts'
import type { ContentKeys, UserContentKey } from '../guards/content-keys.ts'
import { requireBinding } from '../guards/session-binding.ts'
import type { SessionBudgets } from '../guards/session-budgets.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import { inOwnMemory } from '../kernel/in-own-memory.ts'
import type { NewId } from '../kernel/new-id.ts'
import { bodyId } from '../kernel/path-id.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import { leaseTtlMs } from './lease-watch.ts'
import { type LoadedPolicy, loadPolicy } from './load-policy.ts'
import type { JoinRequest } from './session-host.ts'

/** What lies in the database for a session, read in the one transaction that makes this process its owner. The taker wipes the key. */
export type LoadedSession = {
  readonly scope: WorkspaceScope
  readonly row: SessionRow
  /** When the session ends by itself, now that it has begun. */
  readonly expiresAt: Date
  readonly agent: AgentDocument
  readonly agentVersion: number
  readonly settings: Awaited<ReturnType<typeof openSettings>>
  /** Where the person is and what it speaks, as the backend told of it. */
  readonly person: Pick<UserRow, 'timeZone' | 'language'>
  readonly userKey: UserContentKey
  /** Still sealed; each is unwrapped at its first use. */
  readonly credentials: SealedCredentials
  /** Where the workspace lets its calls go, as it was when the session began; null where it says nothing. */
  readonly outboundHosts: readonly string[] | null
  /** What each of its MCP servers is held to. */
  readonly toolPins: readonly ServerPins[]
  /** The layers that it began with, those of now, and those that decide beside it in the shadow. */
  readonly policy: LoadedPolicy
}

/** The credentials that the agent version names, by what they are for. */
export type SealedCredentials = {
  readonly model: CurrentVersion | undefined
  readonly speech: CurrentVersion | undefined
  readonly voice: CurrentVersion | undefined
  /** Of tools and of the resolver of variables. Who names one that is gone goes on without: its calls fail. */
  readonly internal: readonly CurrentVersion[]
}

export type LoadDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly contentKeys: ContentKeys
  readonly budgets: SessionBudgets
  readonly clock: Clock
  readonly newId: NewId
  readonly bootId: Uuid
  readonly processName: string
}

/**
 * Claims a session for this process: `pending` becomes `in_progress`, the lease is taken, `session.started` goes to the
 * outbox, all in one transaction with `make`: a session that cannot be made is not claimed, and its user's key is wiped.
 * Throws session.token_invalid (gone, or a newer token was issued), session.not_live, session.owned_elsewhere,
 * workspace.day_limit, or what `make` throws.
 */
export async function loadSession<Made>(
  deps: LoadDependencies,
  request: JoinRequest,
  make: (loaded: LoadedSession) => Made,
): Promise<Made> {
  const { scope } = request
  let userKey: UserContentKey | undefined
  try {
    return await deps.database.withWorkspace(scope, async (tx) => {
      const row = await joinable(tx, deps, request)
      const [version, { limits, outboundHosts }, person] = await Promise.all([
        findAgentVersion(tx, row.agentId, row.agentVersion),
        findSettings(tx),
        findUser(tx, row.userId),
      ])
      if (version === undefined) throw new AppError('session.token_invalid', 'agent version is gone')
      if (person === undefined) throw new AppError('session.token_invalid', 'the user is gone')
      request.checkOrigins(version.document.allowed_origins)
      await deps.budgets.requireDay(tx, limits, row.modality)
      const expiresAt = await claim(tx, deps, { row, agent: version.document, kind: request.kind })
      const { contentKeys } = deps
      const { userId } = row
      const settings = await openSettings(tx, { contentKeys, sessionId: row.id, userId, sealed: row.settings })
      const credentials = await sealedCredentials(tx, row, version.document)
      const toolPins = await pinsOf(tx, row, version.document)
      const policy = await loadPolicy(tx, row, version.document)
      requireBinding(request, {
        ...row,
        variables: settings.variables,
        origins: version.document.allowed_origins,
      })
      userKey = await contentKeys.forUser(tx, userId)
      const { document: agent, version: agentVersion } = version
      const kept = { settings, person, userKey, credentials, outboundHosts, toolPins, policy }
      return make({ scope, row, expiresAt, agent, agentVersion, ...kept })
    })
  } catch (error) {
    userKey?.destroy()
    throw error
  }
}

async function pinsOf(tx: WorkspaceTx, row: SessionRow, { tools }: AgentDocument): Promise<readonly ServerPins[]> {
  if (tools.every((tool) => typeof tool === 'string' || tool.kind !== 'mcp')) return []
  return findToolPins(tx, { agentId: row.agentId, version: row.agentVersion })
}

async function joinable(tx: WorkspaceTx, deps: LoadDependencies, request: JoinRequest): Promise<SessionRow> {
  const row = await lockSession(tx, request.sessionId)
  if (row === undefined || row.tokenJti !== request.jti || (row.modality === 'text') !== (request.kind === 'turn'))
    throw new AppError('session.token_invalid', 'no such session or an older token')
  // What waited for its one socket too long is a token that has expired, whoever notices first.
  const isOver = row.endedAt !== null || row.expiresAt.getTime() <= deps.clock.nowMs()
  if (isOver && request.kind === 'connect' && row.startedAt === null && row.endReason !== 'ended_by_backend') {
    throw new AppError('session.token_invalid', 'the time to join is over')
  }
  if (isOver) {
    throw new AppError('session.not_live', `session is ${row.status}`)
  }
  if (row.status === 'in_progress') {
    throw new AppError('session.owned_elsewhere', 'session belongs to another process', { retryAfterSeconds: 5 })
  }
  return row
}

async function claim(
  tx: WorkspaceTx,
  deps: LoadDependencies,
  { row, agent, kind }: { row: SessionRow; agent: AgentDocument; kind: JoinRequest['kind'] },
): Promise<Date> {
  const taken = await tx.leaseTake([row.id], deps.bootId, leaseTtlMs)
  if (!taken.includes(row.id)) throw new AppError('session.owned_elsewhere', 'lease is held', { retryAfterSeconds: 5 })
  const now = new Date(deps.clock.nowMs())
  if (kind === 'connect') await spendConnectToken(tx, row, now)
  // The agent's limit counts from the join. What a text session waits for is its own end too, from its creation; the
  // time that a voice session waits for its socket is over with the join.
  const longest = now.getTime() + agent.limits.max_session_seconds * 1000
  const expiresAt = new Date(kind === 'connect' ? longest : Math.min(row.expiresAt.getTime(), longest))
  await setStarted(tx, { id: row.id, ownerProcess: deps.processName, ownerBoot: deps.bootId, now, expiresAt })
  if (expiresAt.getTime() !== row.expiresAt.getTime()) await tx.dispatchPut('session_expiry', row.id, expiresAt)
  await recordEvent(tx, {
    id: deps.newId(),
    type: 'session.started',
    userId: row.userId,
    sessionId: row.id,
    contentKeys: deps.contentKeys,
    createdAt: now,
    data: {
      session_id: encodeId('session', row.id),
      agent_id: encodeId('agent', row.agentId),
      agent_version: row.agentVersion,
      user_id: encodeId('user', row.userId),
      modality: row.modality,
    },
  })
  return expiresAt
}

async function spendConnectToken(tx: WorkspaceTx, row: SessionRow, now: Date): Promise<void> {
  const { id: sessionId, tokenJti: jti, expiresAt } = row
  if (await spendToken(tx, { jti, sessionId, kind: 'connect', expiresAt, now })) return
  throw new AppError('session.token_invalid', 'the token was spent')
}

/** Speech and voice are looked up for sessions that speak only: text needs neither, and must not fail for them. */
async function sealedCredentials(tx: WorkspaceTx, row: SessionRow, agent: AgentDocument): Promise<SealedCredentials> {
  const { model, voice } = agent
  const spoken = row.modality === 'text' ? undefined : voice
  const tts = spoken?.text_to_speech
  const ids = {
    model: named(model.kind === 'scripted' ? undefined : model.credential_id, 'model'),
    speech: named(spoken?.speech_to_text?.credential_id, 'speech'),
    voice: named(tts?.provider === 'flite' ? undefined : tts?.credential_id, 'voice'),
  }
  const internal = listCredentialUses(agent)
    .filter(({ kind }) => kind === 'internal_api')
    .map(({ credentialId, pointers }) => bodyId('credential', credentialId, pointers.credential))
  const found = await findSealedVersions(tx, [...Object.values(ids).flatMap((id) => id ?? []), ...internal])
  return {
    model: taken(found, ids.model, 'model'),
    speech: taken(found, ids.speech, 'speech'),
    voice: taken(found, ids.voice, 'voice'),
    internal: [...new Set(internal)].flatMap((id) => ownCopy(found.get(id)) ?? []),
  }
}

type SpokenTo = Exclude<keyof SealedCredentials, 'internal'>

function named(credentialId: string | undefined, what: SpokenTo): Uuid | undefined {
  return credentialId === undefined ? undefined : bodyId('credential', credentialId, `/${what}/credential_id`)
}

function taken(
  found: Awaited<ReturnType<typeof findSealedVersions>>,
  id: Uuid | undefined,
  what: SpokenTo,
): CurrentVersion | undefined {
  if (id === undefined) return undefined
  const version = found.get(id)
  if (version === undefined) throw new AppError('credential.missing', `the ${what} credential was revoked or deleted`)
  return ownCopy(version)
}

function ownCopy(version: CurrentVersion | undefined): CurrentVersion | undefined {
  if (version === undefined) return undefined
  return { ...version, sealed: inOwnMemory(version.sealed), wrappedKey: inOwnMemory(version.wrappedKey) }
}
