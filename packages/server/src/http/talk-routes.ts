/**
 * The routes behind the talk page, in the embedded default only: they mint a demo session for whoever can open the page
 * on this machine, and end it. The page gets a `browser` token of one session and never a workspace key.
 */
import { encodeId, type TalkSession } from '@hyponema/contract'
import { type Context, Hono } from 'hono'
import { findPublishedAgent } from '../features/agents/public.ts'
import {
  createSession,
  endSession,
  findReadableSession,
  findSession,
  renderCreatedSession,
  type SessionTokenIssuer,
} from '../features/sessions/public.ts'
import { bearerCredential } from '../guards/authenticate.ts'
import { addressBudget } from '../guards/client-address.ts'
import type { ContentKeys } from '../guards/content-keys.ts'
import type { Mutations } from '../guards/mutations.ts'
import { rateLimit } from '../guards/rate-limit.ts'
import { requireOwnOrigin } from '../guards/require-own-origin.ts'
import type { SessionBudgets } from '../guards/session-budgets.ts'
import type { SessionClaims } from '../guards/session-token.ts'
import { spendBudget } from '../guards/spend-budget.ts'
import type { TokenBuckets } from '../guards/token-buckets.ts'
import { underOwnName } from '../guards/under-own-name.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import { notFound, pathId } from '../kernel/path-id.ts'
import type { Principal } from '../kernel/principal.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { Database } from '../platform/postgres/database.ts'

export type TalkDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly mutations: Mutations
  readonly contentKeys: ContentKeys
  readonly issueToken: SessionTokenIssuer
  readonly verifyToken: (token: string) => Promise<SessionClaims>
  readonly demoScope: WorkspaceScope
  readonly publicOrigin: string
  readonly buckets: TokenBuckets
  readonly budgets: SessionBudgets
  readonly clock: Clock
  readonly newId: NewId
}

/** A talk session is meant for one visit; an hour is the longest a `turn` token lives. */
const textTtlSeconds = 3600
/** The page opens its socket when the person first touches it; five minutes are the longest that a `connect` token waits. */
const voiceTtlSeconds = 300

export function talkRoutes(deps: TalkDependencies): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  // `self` is one origin: under another local name the page's tokens would not fit.
  app.get('/talk/:agentId', underOwnName(deps.publicOrigin))
  app.use(
    '/talk/:agentId/sessions',
    rateLimit(deps.buckets, (context) => addressBudget(context.get('request').address)),
  )
  app.post('/talk/:agentId/sessions', async (context) => {
    requireOwnPage(context, deps)
    const agentId = pathId('agent', context.req.param('agentId'))
    const principal: Principal = { kind: 'system', scope: deps.demoScope, name: 'talk-page' }
    const answer = await deps.mutations.run({
      principal,
      request: context.get('request'),
      idempotencyKey: undefined,
      route: 'POST /talk/{id}/sessions',
      input: null,
      work: async (tx) => {
        const agent = await findPublishedAgent(tx, agentId)
        const speaks = agent?.version?.document.voice !== undefined
        return createSession(tx, {
          ...deps,
          principal,
          onBudget: (budget) => spendBudget(context, budget),
          body: {
            agent_id: encodeId('agent', agentId),
            user_id: `talk-page-${encodeId('event', deps.newId())}`,
            modality: speaks ? 'voice+text' : 'text',
            dynamic_variables: {},
            ttl_seconds: speaks ? voiceTtlSeconds : textTtlSeconds,
            client: 'browser',
            overrides: {},
            urgent: false,
          },
        })
      },
      read: async (tx, id): Promise<TalkSession> => {
        const [row, agent] = [await findSession(tx, id), await findPublishedAgent(tx, agentId)]
        if (row === undefined || agent?.version === undefined) throw notFound('agent')
        const { persona, voice } = agent.version.document
        const token = await deps.issueToken(tx.workspaceId, row)
        const created = renderCreatedSession(row, { token, publicOrigin: deps.publicOrigin })
        return {
          session: {
            id: created.id,
            status: row.status,
            token,
            expires_at: created.expires_at,
            messages_url: created.messages_url,
            ws_url: created.ws_url,
          },
          voice: row.modality === 'text' ? null : { listens: voice?.speech_to_text !== undefined },
          agent: {
            name: agent.name,
            title: persona.title,
            ...(persona.language === undefined ? {} : { language: persona.language }),
          },
          retention: { days: null, sealed: true },
          policy: { name: agent.name, version: agent.version.version, sha256: row.policySha256.toString('hex') },
        }
      },
    })
    return context.json(answer, 201)
  })
  addEnd(app, deps)
  return app
}

function addEnd(app: Hono<ApiEnv>, deps: TalkDependencies): void {
  app.post('/talk/:agentId/sessions/:id/end', async (context) => {
    requireOwnPage(context, deps)
    const id = pathId('session', context.req.param('id'))
    const claims = await deps.verifyToken(bearerCredential(context.req.header('authorization')) ?? '')
    if (claims.sessionId !== id) throw new AppError('session.token_invalid', 'token is for another session')
    const principal: Principal = { kind: 'session_token', scope: claims.scope, sessionId: id }
    const status = await deps.mutations.run({
      principal,
      request: context.get('request'),
      idempotencyKey: undefined,
      route: 'POST /talk/{id}/sessions/{id}/end',
      input: null,
      work: async (tx) => {
        const session = await findReadableSession(tx, principal, id)
        if (session.tokenJti !== claims.jti) throw new AppError('session.token_invalid', 'a newer token was issued')
        await endSession(tx, { ...deps, principal, id, reason: 'ended_by_client' })
        return null
      },
      read: async (tx) => (await findReadableSession(tx, principal, id)).status,
    })
    return context.json({ id: encodeId('session', id), status }, 200)
  })
}

/** Another page on this machine must not mint sessions. */
function requireOwnPage(context: Context<ApiEnv>, { publicOrigin }: TalkDependencies): void {
  requireOwnOrigin({ origin: context.get('request').origin, publicOrigin, code: 'session.origin_refused' })
}
