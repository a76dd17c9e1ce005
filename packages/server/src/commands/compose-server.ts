import { hostname } from 'node:os'
import { type EndReason, encodeId } from '@hyponema/contract'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import { AgentsInUse } from '../conversation/agents-in-use.ts'
import { CredentialLedger } from '../conversation/credential-ledger.ts'
import { followSessionFloors } from '../conversation/follow-session-floors.ts'
import { LiveSession } from '../conversation/live-session.ts'
import { loadSession } from '../conversation/load-session.ts'
import { makeSessionContext } from '../conversation/make-session-context.ts'
import { ChatModels } from '../conversation/providers/chat-models.ts'
import { SessionHost } from '../conversation/session-host.ts'
import { createToolDays } from '../conversation/tools/tool-days.ts'
import { eventRoutes } from '../conversation/transports/event-routes.ts'
import { messageRoutes } from '../conversation/transports/message-routes.ts'
import type { OperatorUpgrade } from '../conversation/transports/operator/operator-upgrade.ts'
import type { VoiceUpgrade } from '../conversation/transports/voice/voice-upgrade.ts'
import { findExistingAgents, listPublishedPolicies } from '../features/agents/public.ts'
import { agentRoutes } from '../features/agents/routes.ts'
import { apiKeyRoutes } from '../features/api-keys/routes.ts'
import { createSealWaiter } from '../features/audit/public.ts'
import { auditRoutes } from '../features/audit/routes.ts'
import { cancelReserved, recordOptOut } from '../features/contact/public.ts'
import { contactRoutes } from '../features/contact/routes.ts'
import { credentialRoutes } from '../features/credentials/routes.ts'
import { readTalk } from '../features/decisions/public.ts'
import { decisionRoutes } from '../features/decisions/routes.ts'
import { escalationRoutes } from '../features/escalations/routes.ts'
import { createKnowledgeSearch } from '../features/knowledge/public.ts'
import { knowledgeRoutes } from '../features/knowledge/routes.ts'
import { createSignInPorts } from '../features/members/public.ts'
import { memberRoutes } from '../features/members/routes.ts'
import { policyRoutes } from '../features/policies/routes.ts'
import { retentionRoutes } from '../features/retention/routes.ts'
import { closeSession, listNewestSessions, type SessionTokenIssuer } from '../features/sessions/public.ts'
import { sessionRoutes } from '../features/sessions/routes.ts'
import { listAllWorkspaceIds } from '../features/sign-in/public.ts'
import { topicCooldownRoutes } from '../features/topic-cooldowns/routes.ts'
import { traceRoutes } from '../features/traces/routes.ts'
import { turnRoutes } from '../features/turns/routes.ts'
import { userRoutes } from '../features/users/routes.ts'
import { webhookRoutes } from '../features/webhooks/routes.ts'
import { workspaceRoutes } from '../features/workspaces/routes.ts'
import type { WaitUntilSealed } from '../guards/audited-transaction.ts'
import { type ContentKeys, createContentKeys } from '../guards/content-keys.ts'
import { KnownKeys } from '../guards/known-keys.ts'
import { MembershipCache } from '../guards/membership-cache.ts'
import { createMutations } from '../guards/mutations.ts'
import { createOperatorTokenVerifier } from '../guards/operator-token.ts'
import type { SessionBudgets } from '../guards/session-budgets.ts'
import { issueSessionToken, verifySessionToken } from '../guards/session-token.ts'
import type { SharedBudgets } from '../guards/shared-budgets.ts'
import { createApiKeyVerifier } from '../guards/verify-api-key.ts'
import { writeAuditEvent } from '../guards/write-audit-event.ts'
import { type AppParts, createApp } from '../http/create-app.ts'
import { refreshRoutes } from '../http/refresh-routes.ts'
import { talkRoutes } from '../http/talk-routes.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import { createCredentialSealer } from '../platform/crypto/credential-sealer.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { systemRandomBytes } from '../platform/crypto/random-bytes.ts'
import { databaseAnswers } from '../platform/postgres/database-answers.ts'
import { composeBudgets } from './compose-budgets.ts'
import { composeOperators } from './compose-operators.ts'
import { composeSignIn } from './compose-sign-in.ts'
import { composeVoice } from './compose-voice.ts'
import { createKeyRecords, type KeyRecords } from './key-records.ts'
import type { ServerParts } from './server-parts.ts'

/** A sealer that runs needs about one second; what calls us waits for longer than this. */
const sealWaitMs = 5_000

function sealWaiter({ installation, log, ...parts }: ServerParts): WaitUntilSealed {
  return createSealWaiter({
    withWorkspace: installation.database.withWorkspace,
    deadlineMs: parts.sealWaitMs ?? sealWaitMs,
    onLate: (workspaceId, events, err) =>
      log.error({ err, workspaceId, events }, 'a critical act was answered before its event was sealed'),
  })
}

/** Where the routes of policies find the agents and the talks that they are tried on. */
function policySources(
  contentKeys: ContentKeys,
): Pick<Parameters<typeof policyRoutes>[0], 'directory' | 'talks' | 'nowMs'> {
  return {
    directory: { listPublished: listPublishedPolicies, findExisting: findExistingAgents },
    talks: { listNewest: listNewestSessions, read: (tx, session) => readTalk(tx, contentKeys, session) },
    nowMs: () => performance.now(),
  }
}

export type Server = {
  readonly app: Hono<ApiEnv>
  readonly host: SessionHost
  readonly voice: VoiceUpgrade
  readonly operators: OperatorUpgrade
  readonly keyRecords: KeyRecords
  /** To be started; until then this process has its own budgets only. */
  readonly budgets: SharedBudgets
  /** Resolves when what waits behind the answers of sign-in is done. */
  readonly closeSignIn: () => Promise<void>
}

/** Wires everything that serves requests. The one place that knows all layers. */
export function composeServer(parts: ServerParts): Server {
  const { clock, newId, installation, log, config } = parts
  const { database, keyring, signingKeys } = installation
  const contentKeys = createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId })
  const mutations = createMutations({ database, clock, newId, keyring, waitUntilSealed: sealWaiter(parts) })
  const sealer = createCredentialSealer(installation.credentialKeys)
  const issueToken = tokenIssuer(parts)
  const verifyToken = (token: string) => verifySessionToken({ keys: signingKeys, clock, token })
  const closeSession = sessionCloser(parts, contentKeys)
  const edge = composeBudgets(parts)
  const host = sessionHost(parts, { contentKeys, sealer, closeSession, budgets: edge.sessions })
  const shared = {
    database,
    mutations,
    contentKeys,
    clock,
    newId,
    publicOrigin: config.publicOrigin,
    budgets: edge.sessions,
  }
  const demo = parts.embedded
  const keyRecords = createKeyRecords(parts)
  const knownKeys = new KnownKeys(clock)
  const memberships = new MembershipCache(clock)
  const signIns = { ...shared, memberships, signingKeys, randomBytes: systemRandomBytes }
  const signIn = composeSignIn(parts, { ports: parts.signInPorts ?? createSignInPorts(signIns), budgets: edge })
  const app = createApp({
    newId,
    trustedProxies: parts.trustedProxies,
    localOnly: demo !== undefined,
    isDraining: parts.isDraining,
    checkers: {
      apiKey: createApiKeyVerifier({ database, keyring, clock, known: knownKeys, ...keyRecords }),
      operatorToken: createOperatorTokenVerifier({ database, keys: signingKeys, clock, memberships }),
    },
    addressBuckets: edge.address,
    workspaceBuckets: edge.workspace,
    principalBuckets: edge.principal,
    isHealthy: () => databaseAnswers(parts.installation.database),
    log: logger(log),
    openRoutes: [
      messageRoutes({ host, verifyToken, publicOrigin: config.publicOrigin, buckets: edge }),
      eventRoutes({ host, verifyToken, publicOrigin: config.publicOrigin, buckets: edge }),
      refreshRoutes({ ...signIns, buckets: edge.refresh }),
      signIn.routes,
      ...(demo === undefined
        ? []
        : [talkRoutes({ ...shared, issueToken, verifyToken, demoScope: demo.demoScope, buckets: edge.talk })]),
    ],
    apiRoutes: [
      agentRoutes({ ...shared, sealer, door: parts.door }),
      policyRoutes({ ...shared, ...policySources(contentKeys) }),
      userRoutes({ ...shared, cancelContacts: cancelReserved }),
      topicCooldownRoutes(shared),
      credentialRoutes({ ...shared, sealer, door: parts.door }),
      apiKeyRoutes({ ...shared, knownKeys, keyring }),
      knowledgeRoutes({ ...shared, objects: installation.objects }),
      sessionRoutes({ ...shared, issueToken }),
      contactRoutes(shared),
      retentionRoutes(shared),
      turnRoutes(shared),
      decisionRoutes(shared),
      traceRoutes(shared),
      escalationRoutes({ ...shared, signingKeys }),
      auditRoutes({ ...shared, logs: installation.logs, evidence: installation.evidence }),
      workspaceRoutes(shared),
      webhookRoutes({ ...shared, sealer, door: parts.door, randomBytes: systemRandomBytes }),
      memberRoutes({
        ...signIns,
        sendMail: parts.sendMail,
        mailBuckets: edge.invitationMails,
        workspacesOf: (identityId) => database.withIdentity((tx) => listAllWorkspaceIds(tx, identityId)),
      }),
    ],
    pages: parts.pages,
  })
  const voice = composeVoice(parts, { host, verifyToken, closeSession, createBuckets: edge.createBuckets })
  const operators = composeOperators(parts, { ...shared, buckets: edge })
  return { app, host, voice, operators, keyRecords, budgets: edge.shared, closeSignIn: () => signIn.close() }
}

function tokenIssuer({ installation, clock }: ServerParts): SessionTokenIssuer {
  return (workspaceId, session) =>
    issueSessionToken({
      keys: installation.signingKeys,
      clock,
      expiresAtMs: session.expiresAt.getTime(),
      claims: {
        sessionId: session.id,
        scope: provenScope(workspaceId),
        agentId: session.agentId,
        agentVersion: session.agentVersion,
        userId: session.userId,
        variablesSha256: session.variablesSha256.toString('hex'),
        originsSha256: session.originsSha256.toString('hex'),
        modality: session.modality,
        client: session.client,
        kind: session.modality === 'text' ? 'turn' : 'connect',
        jti: session.tokenJti,
      },
    })
}

type CloseSession = (session: LiveSession, reason: EndReason) => Promise<void>

/** Writes the end of a session that this process decided on. */
function sessionCloser(
  { clock, newId, installation }: ServerParts,
  contentKeys: ReturnType<typeof createContentKeys>,
): CloseSession {
  return ({ context }, reason) =>
    installation.database.withWorkspace(context.scope, async (tx) => {
      await closeSession(tx, { id: context.sessionId, reason, now: new Date(clock.nowMs()), newId, contentKeys })
    })
}

/** Writes at once what a person said in a session about being contacted. The session is who acts. */
function optOutWriter(
  { clock, newId, installation }: ServerParts,
  contentKeys: ReturnType<typeof createContentKeys>,
): Parameters<typeof makeSessionContext>[1]['optOut'] {
  return (scope, { userId, sessionId }) => {
    const actor = { kind: 'system', id: encodeId('session', sessionId) } as const
    return installation.database.withWorkspace(scope, (tx) =>
      recordOptOut(tx, {
        userId,
        newId,
        contentKeys,
        now: new Date(clock.nowMs()),
        audit: async (entry) => void (await writeAuditEvent(tx, { clock, newId, actor }, entry)),
      }),
    )
  }
}

function sessionHost(
  parts: ServerParts,
  keys: {
    contentKeys: ReturnType<typeof createContentKeys>
    sealer: ReturnType<typeof createCredentialSealer>
    closeSession: CloseSession
    budgets: SessionBudgets
  },
): SessionHost {
  const { clock, newId, bootId, log } = parts
  const { database } = parts.installation
  const failed = (message: string, error: unknown): void => log.error({ err: error }, message)
  const processName = `${hostname()}:${process.pid}`
  const agents = new AgentsInUse()
  const ledger = new CredentialLedger({ database, clock, newId, contentKeys: keys.contentKeys, log: failed })
  const chatModels = new ChatModels()
  const knowledge = createKnowledgeSearch({ withWorkspace: database.withWorkspace, contentKeys: keys.contentKeys })
  const host: SessionHost = new SessionHost({
    database,
    clock,
    bootId,
    log: failed,
    flush: () => ledger.flush(),
    followFloors: (tx, contexts) => followSessionFloors(tx, contexts, { agents, log: failed }),
    closeStopped: (session) => keys.closeSession(session, 'server_stopped'),
    load: async (request) => {
      const { context, wipe } = await loadSession(
        { database, clock, newId, bootId, processName, contentKeys: keys.contentKeys, budgets: keys.budgets },
        request,
        (loaded) =>
          makeSessionContext(loaded, {
            clock,
            newId,
            door: parts.door,
            sealer: keys.sealer,
            agents,
            chatModels,
            ledger,
            knowledge,
            toolDays: (of) => createToolDays({ database, clock }, of),
            optOut: optOutWriter(parts, keys.contentKeys),
            fliteVoices: parts.speech.fliteVoices,
            log: (message, error) => log.warn({ err: error }, message),
          }),
      )
      // Not in the transaction that has claimed it: somebody else is asked.
      context.variables.begin()
      return new LiveSession(
        context,
        {
          database,
          contentKeys: keys.contentKeys,
          ownerBoot: bootId,
          log: failed,
          maySpeak: () => host.holdsLease(context.sessionId),
          onEnded: ({ context: ended }) => host.forget(ended.sessionId),
          onCommitFailed: (session, error) => {
            failed('a turn could not be written', error)
            keys
              .closeSession(session, 'commit_failed')
              .catch((cause: unknown) => failed('the session could not be failed', cause))
          },
        },
        wipe,
      )
    },
  })
  return host
}

function logger(log: Logger): AppParts['log'] {
  return ({ level, message, requestId, code, error }) => log[level]({ requestId, code, err: error }, message)
}
