import type { Clock } from '../kernel/clock.ts'
import { inOwnMemory } from '../kernel/in-own-memory.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { CredentialSealer } from '../platform/crypto/credential-sealer.ts'
import type { LentSecret } from '../platform/outbound/lend-secret.ts'
import type { AgentsInUse } from './agents-in-use.ts'
import type { LoadedSession, SealedCredentials } from './load-session.ts'
import { noteLookUp } from './pipeline/look-up-note.ts'
import type { SessionContext } from './pipeline/session-context.ts'
import type { RecordedDecision } from './pipeline/turn-record.ts'
import { PolicyGate } from './policy-gate.ts'
import type { ChatModels } from './providers/chat-models.ts'
import type { ModelPort } from './providers/model-port.ts'
import { createOpenAiCompatibleModel } from './providers/openai-compatible.ts'
import { createScriptedModel } from './scripted/create-scripted-model.ts'
import { SessionSecret } from './session-secret.ts'
import { makeSessionSpeech, type SessionSpeech, type SpeechDependencies } from './session-speech.ts'
import { createSessionTools } from './tools/create-session-tools.ts'

type Dependencies = SpeechDependencies & {
  readonly clock: Clock
  readonly newId: NewId
  readonly sealer: CredentialSealer
  readonly agents: AgentsInUse
  readonly chatModels: ChatModels
}

/** A session that can begin. `wipe` zeroes its keys and ends what it holds open at its providers. */
export type MadeSession = { readonly context: SessionContext; readonly wipe: () => void }

/**
 * Turns what was loaded into what turns need. Throws policy.does_not_compile, credential.missing or provider.bad_request: a
 * session without its policy, its key or its provider does not begin.
 */
export function makeSessionContext(read: LoadedSession, deps: Dependencies): MadeSession {
  const { agent, policy } = deps.agents.take(read.scope.workspaceId, { agent: read.agent, version: read.agentVersion })
  const loaded = { ...read, agent }
  const { row, settings, userKey } = loaded
  const gate = new PolicyGate(policy)
  const kept: RecordedDecision[] = []
  const secrets = sessionSecrets(loaded, deps.sealer)
  const language = settings.overrides['persona.language'] ?? agent.persona.language
  const speech = sessionSpeech(loaded, { secrets, language, gate }, deps)
  const lookUpNote = noteLookUp({
    notes: agent.notes,
    gate,
    newId: deps.newId,
    keep: (decision) => kept.push(decision),
  })
  const context: SessionContext = {
    scope: loaded.scope,
    sessionId: row.id,
    userId: row.userId,
    tokenJti: row.tokenJti,
    agent,
    firstMessage: settings.overrides['persona.first_message'] ?? agent.persona.first_message,
    language,
    variables: settings.variables,
    allowedOrigins: agent.allowed_origins,
    expiresAtMs: loaded.expiresAt.getTime(),
    policySha256: inOwnMemory(row.policySha256),
    userKey,
    model: makeModel(loaded, deps, secrets.model, lookUpNote),
    tools: createSessionTools(agent.tools),
    gate,
    clock: deps.clock,
    newId: deps.newId,
    history: [],
    takeKeptDecisions: () => kept.splice(0),
    speech,
    filler: fillerOf(loaded),
    takeSpeechUsage: speech?.takeUsage ?? (() => ({ listenedMs: 0, spokenCharacters: 0 })),
  }
  return {
    context,
    wipe: () => {
      speech?.close()
      userKey.destroy()
      for (const secret of Object.values(secrets)) secret?.destroy()
    },
  }
}

type SessionSecrets = { readonly [Use in keyof SealedCredentials]: SessionSecret | undefined }

function sessionSecrets({ credentials, scope }: LoadedSession, sealer: CredentialSealer): SessionSecrets {
  const lend = (sealed: SealedCredentials[keyof SealedCredentials]): SessionSecret | undefined => {
    if (sealed === undefined) return undefined
    const { credentialId, version, kind } = sealed
    return new SessionSecret(() => sealer.open({ workspaceId: scope.workspaceId, credentialId, version, kind }, sealed))
  }
  return { model: lend(credentials.model), speech: lend(credentials.speech), voice: lend(credentials.voice) }
}

/** Undefined in a text session. */
function sessionSpeech(
  { row, agent, scope, outboundHosts }: LoadedSession,
  { secrets, language, gate }: { secrets: SessionSecrets; language: string | undefined; gate: PolicyGate },
  deps: Dependencies,
): SessionSpeech | undefined {
  if (row.modality === 'text' || agent.voice === undefined) return undefined
  return makeSessionSpeech(
    {
      voice: agent.voice,
      language,
      workspaceId: scope.workspaceId,
      onlyHosts: outboundHosts,
      credentials: secrets,
      judge: gate.spokenJudge,
    },
    deps,
  )
}

function fillerOf({ row, agent }: LoadedSession): SessionContext['filler'] {
  const filler = row.modality === 'text' ? undefined : agent.voice?.filler
  return filler === undefined ? undefined : { afterMs: filler.after_ms, text: filler.text }
}

function makeModel(
  { agent, settings, scope, outboundHosts }: LoadedSession,
  { door, chatModels }: Dependencies,
  secret: LentSecret | undefined,
  lookUpNote: ReturnType<typeof noteLookUp>,
): ModelPort {
  const { model } = agent
  if (model.kind === 'scripted') {
    return createScriptedModel({ script: model.script, variables: settings.variables, lookUpNote })
  }
  return createOpenAiCompatibleModel({
    door,
    chatModels,
    workspaceId: scope.workspaceId,
    onlyHosts: outboundHosts,
    provider: model.provider,
    model: model.model,
    ...(model.base_url === undefined ? {} : { baseUrl: model.base_url }),
    ...(secret === undefined ? {} : { credential: secret }),
  })
}
