import { decodeId, type SealedAuth, type Uuid } from '@hyponema/contract'
import type { CompiledPolicy } from '@hyponema/policy'
import { listCredentialUses } from '../features/agents/public.ts'
import { type CurrentVersion, checkAddress } from '../features/credentials/public.ts'
import type { KnowledgeSearch } from '../features/knowledge/public.ts'
import type { Clock } from '../kernel/clock.ts'
import { inOwnMemory } from '../kernel/in-own-memory.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { CredentialSealer } from '../platform/crypto/credential-sealer.ts'
import { systemRandomBytes } from '../platform/crypto/random-bytes.ts'
import { readZoneTransitions } from '../platform/time/read-zone-transitions.ts'
import type { AgentsInUse } from './agents-in-use.ts'
import type { CredentialLedger, HeldVersion } from './credential-ledger.ts'
import { HandOver } from './hand-over/hand-over.ts'
import type { LoadedSession, SealedCredentials } from './load-session.ts'
import { makePromptMarks, type PromptMarks } from './make-prompt-marks.ts'
import { makeSessionVariables } from './make-session-variables.ts'
import { OpeningLines } from './opening-lines.ts'
import { noteLookUp } from './pipeline/look-up-note.ts'
import type { SessionContext } from './pipeline/session-context.ts'
import type { RecordedDecision } from './pipeline/turn-record.ts'
import { PolicyGate, type PolicyGateOptions } from './policy-gate.ts'
import type { ChatModels } from './providers/chat-models.ts'
import type { ModelPort } from './providers/model-port.ts'
import { createOpenAiCompatibleModel } from './providers/openai-compatible.ts'
import type { ProviderWatch } from './providers/provider-watch.ts'
import { unmarkModel } from './providers/unmark-model.ts'
import { watchModel } from './providers/watch-model.ts'
import { replacedLinesError } from './replaced-lines-error.ts'
import { createContactWatch } from './safety/contact-watch.ts'
import { EscalationWatch } from './safety/escalation-watch.ts'
import { makePersonWatches } from './safety/make-person-watches.ts'
import type { SafetyWatch } from './safety/safety-watch.ts'
import { SessionSafety } from './safety/session-safety.ts'
import { createScriptedModel } from './scripted/create-scripted-model.ts'
import { SessionAuths } from './session-auths.ts'
import { SessionLanguage } from './session-language.ts'
import { SessionPolicy } from './session-policy.ts'
import { SessionSecret } from './session-secret.ts'
import { makeSessionSpeech, type SessionSpeech, type SpeechDependencies } from './session-speech.ts'
import type { SessionVariables } from './session-variables.ts'
import type { ShadowGateOptions } from './shadow-gate.ts'
import { createHttpTool } from './tools/create-http-tool.ts'
import { createSessionTools, type SessionTools, type ToolMakers } from './tools/create-session-tools.ts'
import { createMcpTools, type McpTools } from './tools/mcp/create-mcp-tools.ts'
import { SessionCalls } from './tools/session-calls.ts'
import { ToolBudget } from './tools/tool-budget.ts'
import type { ToolDays } from './tools/tool-days.ts'

type Dependencies = SpeechDependencies & {
  readonly clock: Clock
  readonly newId: NewId
  readonly sealer: CredentialSealer
  readonly agents: AgentsInUse
  readonly chatModels: ChatModels
  readonly ledger: CredentialLedger
  readonly knowledge: KnowledgeSearch
  /** Where calls are counted that a rule bounds by the day. */
  readonly toolDays: (of: { readonly scope: WorkspaceScope; readonly userId: Uuid }) => ToolDays
  /** Writes that the person wants no more contact, in a transaction of its own. */
  readonly optOut: (scope: WorkspaceScope, of: { readonly userId: Uuid; readonly sessionId: Uuid }) => Promise<void>
}

/** A session that can begin. `wipe` zeroes its keys and ends what it holds open at its providers. */
export type MadeSession = { readonly context: SessionContext; readonly wipe: () => void }

/**
 * Turns what was loaded into what turns need. Throws policy.does_not_compile, credential.missing, credential.address_mismatch or provider.bad_request: a
 * session without its policy, its key or its provider does not begin.
 */
export function makeSessionContext(read: LoadedSession, deps: Dependencies): MadeSession {
  const inUse = { agent: read.agent, version: read.agentVersion }
  const { agent, policy, held: layers } = deps.agents.take(read.scope.workspaceId, { ...inUse, held: read.policy.now })
  if (policy.replacedLines.length > 0) deps.log('lines of a session gave way to floors', replacedLinesError(policy))
  const loaded = { ...read, agent }
  const { row, settings, userKey } = loaded
  const marks = makePromptMarks(systemRandomBytes)
  const language = new SessionLanguage(settings.overrides['persona.language'] ?? agent.persona.language)
  const handOver = new HandOver()
  const rules = (): PolicyGate['escalationRules'] => gate.escalationRules
  const kept: RecordedDecision[] = []
  const shadow = shadowOf(loaded, kept, deps)
  const asked = { policy: () => gate.policy, rules, language: () => language.current }
  const watched = { ...asked, shadow: shadow?.policy, handOver }
  const safety = new SessionSafety(watchesOf(loaded, { ...deps, ...watched }))
  const secrets = holdSecrets(loaded, deps)
  const auths = holdAuths(loaded, deps)
  const servers = toolServers(loaded, auths, deps)
  const held = Object.values(secrets).filter((one) => one !== undefined)
  const gate = makeGate(policy, { canary: marks.canary, safety, language, shadow })
  const opening = new OpeningLines(gate.openings)
  const speech = sessionSpeech(loaded, { secrets, language: language.current, gate }, deps)
  const variables = makeSessionVariables(loaded, { ...deps, auths, language: language.current })
  const tools = createSessionTools(agent.tools, { ...toolMakers(loaded, deps, { auths, variables }), mcp: servers.of })
  const calls = callsOf(loaded, deps, tools)
  const [keep, onRead] = [(decision: RecordedDecision) => kept.push(decision), (text: string) => calls.lookedUp(text)]
  const lookUpNote = noteLookUp({ notes: agent.notes, gate, newId: deps.newId, keep, onRead })
  const context: SessionContext = {
    scope: loaded.scope,
    sessionId: row.id,
    userId: row.userId,
    tokenJti: row.tokenJti,
    agent,
    firstMessage: firstMessageOf(loaded, opening),
    get language() {
      return language.current
    },
    changeLanguage: (next) => {
      language.change(next)
      speech?.changeLanguage(next)
    },
    variables,
    allowedOrigins: agent.allowed_origins,
    expiresAtMs: loaded.expiresAt.getTime(),
    policySha256: inOwnMemory(row.policySha256),
    userKey,
    model: makeModel(loaded, deps, { held: secrets.model, lookUpNote, variables, marks }),
    tools,
    ...callLimits(loaded, deps),
    calls,
    gate,
    policy: new SessionPolicy(
      { began: read.policy.began, now: layers, agentId: row.agentId, agent, version: read.agentVersion },
      { gate, opening, keep: (decision) => kept.push({ id: deps.newId(), ...decision }) },
    ),
    opening,
    safety,
    handOver,
    clock: deps.clock,
    newId: deps.newId,
    history: [],
    takeKeptDecisions: () => kept.splice(0),
    speech,
    searchKnowledge: searchOf(loaded, deps),
    filler: fillerOf(loaded),
    takeSpeechUsage: speech?.takeUsage ?? (() => ({ listenedMs: 0, spokenCharacters: 0 })),
    credentials: [...held.map(credentialInUse), ...auths.credentials],
    openings: deps.ledger.forSession(loaded.scope, row.id),
  }
  const wipe = (): void => {
    variables.end()
    speech?.close()
    userKey.destroy()
    for (const { secret } of held) secret.destroy()
    closeServers(servers, auths)
    deps.ledger.write()
  }
  return { context, wipe }
}

function callLimits(
  { agent, scope, row }: LoadedSession,
  deps: Dependencies,
): Pick<SessionContext, 'toolBudget' | 'toolDays'> {
  const toolDays = deps.toolDays({ scope, userId: row.userId })
  return { toolBudget: new ToolBudget(agent.limits.max_tool_calls), toolDays }
}

function credentialInUse({ credentialId, version, secret }: Held): SessionContext['credentials'][number] {
  return { credentialId, version, revoke: () => secret.revoke() }
}

/** What ends the session at a tool server carries the key of that server, so it is wiped behind it. */
function closeServers(servers: McpTools, auths: SessionAuths): void {
  const closing = servers.close()
  if (closing === undefined) auths.destroy()
  else void closing.finally(() => auths.destroy())
}

/** Undefined where nothing is tried, and where what is tried does not compile: a session must not fail for it. */
function shadowOf(
  { scope, agent, agentVersion, policy: { shadow } }: LoadedSession,
  kept: RecordedDecision[],
  { agents, newId, log }: Dependencies,
): ShadowGateOptions | undefined {
  if (shadow === undefined) return undefined
  try {
    const { policy } = agents.take(scope.workspaceId, { agent, version: agentVersion, held: shadow })
    return { policy, keep: (decision) => kept.push({ id: newId(), ...decision }) }
  } catch (error) {
    log('a policy in the shadow does not compile, so it decides nothing', error)
    return undefined
  }
}

/**
 * To a person who comes outside the hours, that first. An agent that says what it is has something to begin with, also without a
 * first message.
 */
function firstMessageOf({ settings, agent }: LoadedSession, opening: OpeningLines): string | undefined {
  const { overrides, greetings } = settings
  const written = overrides['persona.first_message'] ?? agent.persona.first_message ?? ''
  const first = [...greetings, written].filter((line) => line !== '').join(' ')
  return first !== '' || opening.due.length > 0 ? first : undefined
}

function callsOf(
  { person: { timeZone }, agent }: LoadedSession,
  { clock }: Dependencies,
  tools: Pick<SessionTools, 'foreign'>,
): SessionCalls {
  // A script is told of no tools.
  const foreign = agent.model.kind === 'scripted' ? [] : tools.foreign
  const zone = timeZone === null ? null : readZoneTransitions(timeZone, clock.nowMs())
  return new SessionCalls(zone === null ? { foreign } : { zone, foreign })
}

function makeGate(
  policy: CompiledPolicy,
  options: Pick<PolicyGateOptions, 'canary' | 'shadow'> & { safety: SessionSafety; language: SessionLanguage },
): PolicyGate {
  const { canary, shadow, safety, language } = options
  const facts: PolicyGateOptions['facts'] = (stage) => safety.facts(stage)
  return new PolicyGate(policy, { canary, shadow, facts, language: () => language.current })
}

function watchesOf(
  loaded: LoadedSession,
  deps: Dependencies &
    Omit<Parameters<typeof makePersonWatches>[1], keyof Dependencies> &
    Pick<ConstructorParameters<typeof EscalationWatch>[0], 'handOver' | 'rules'>,
): readonly SafetyWatch[] {
  const { scope, row } = loaded
  return [
    new EscalationWatch({ ...deps, agentId: row.agentId }),
    createContactWatch({ optOut: () => deps.optOut(scope, { userId: row.userId, sessionId: row.id }) }),
    ...makePersonWatches(loaded, deps),
  ]
}

type Held = {
  readonly secret: SessionSecret
  readonly credentialId: Uuid
  readonly version: number
  readonly watch: ProviderWatch
}
type HeldSecrets = { readonly [Use in SpokenTo]: Held | undefined }
type SpokenTo = Exclude<keyof SealedCredentials, 'internal'>

/** Throws credential.address_mismatch where one would be sent elsewhere than it may be sent. */
function holdSecrets({ credentials, scope, row, agent }: LoadedSession, deps: Dependencies): HeldSecrets {
  const urls = new Map(listCredentialUses(agent).map(({ kind, url }) => [kind, url]))
  const hold = (purpose: SpokenTo): Held | undefined => {
    const sealed = credentials[purpose]
    if (sealed === undefined) return undefined
    checkAddress(sealed, { url: urls.get(purpose), isOpened: (url) => deps.door.isOpened(url) })
    const { credentialId, version } = sealed
    const held = { scope, sessionId: row.id, credentialId, version, purpose }
    return { secret: secretOf(sealed, held, deps), credentialId, version, watch: watchOf(held, sealed, deps.ledger) }
  }
  return { model: hold('model'), speech: hold('speech'), voice: hold('voice') }
}

/** Those of tools and of the resolver are bound to their address when they are used: many go to different places. */
function holdAuths({ credentials, scope, row }: LoadedSession, deps: Dependencies): SessionAuths {
  return new SessionAuths({
    versions: credentials.internal,
    isOpened: (url) => deps.door.isOpened(url),
    secretOf: (sealed, purpose) => {
      const { credentialId, version } = sealed
      return secretOf(sealed, { scope, sessionId: row.id, credentialId, version, purpose }, deps)
    },
  })
}

function toolServers(
  { agent, scope, outboundHosts, toolPins }: LoadedSession,
  auths: SessionAuths,
  { door }: Dependencies,
): McpTools {
  return createMcpTools(agent.tools, toolPins, {
    door,
    workspaceId: scope.workspaceId,
    onlyHosts: outboundHosts,
    headerFor: (auth, url) => auths.header(auth, { purpose: 'tool', url }),
  })
}

function secretOf(sealed: CurrentVersion, held: HeldVersion, { sealer, ledger }: Dependencies): SessionSecret {
  const { credentialId, version, kind } = sealed
  return new SessionSecret(
    () => sealer.open({ workspaceId: held.scope.workspaceId, credentialId, version, kind }, sealed),
    () => ledger.opened(held),
  )
}

function watchOf(held: HeldVersion, { failingSince }: CurrentVersion, ledger: CredentialLedger): ProviderWatch {
  let isFailing = failingSince !== null
  return {
    worked: () => {
      ledger.worked(held, isFailing)
      isFailing = false
    },
    refused: (reason) => {
      isFailing = true
      ledger.refused(held, reason)
    },
  }
}

function toolMakers(
  { scope, outboundHosts }: LoadedSession,
  deps: Dependencies,
  { auths, variables }: { auths: SessionAuths; variables: SessionVariables },
): Pick<ToolMakers, 'http'> {
  const options = {
    door: deps.door,
    workspaceId: scope.workspaceId,
    onlyHosts: outboundHosts,
    variables: () => variables.values(),
    headerFor: (auth: SealedAuth, url: string) => auths.header(auth, { purpose: 'tool', url }),
  }
  return { http: (tool) => [createHttpTool(tool, options)] }
}

/** Where no key is used, nobody asks what its provider thinks of it. */
const unwatched: ProviderWatch = { worked: () => undefined, refused: () => undefined }

/** Undefined in a text session. */
function sessionSpeech(
  { row, agent, scope, outboundHosts }: LoadedSession,
  { secrets, language, gate }: { secrets: HeldSecrets; language: string | undefined; gate: PolicyGate },
  deps: Dependencies,
): SessionSpeech | undefined {
  if (row.modality === 'text' || agent.voice === undefined) return undefined
  return makeSessionSpeech(
    {
      voice: agent.voice,
      language,
      workspaceId: scope.workspaceId,
      onlyHosts: outboundHosts,
      credentials: { speech: secrets.speech?.secret, voice: secrets.voice?.secret },
      watches: { speech: secrets.speech?.watch ?? unwatched, voice: secrets.voice?.watch ?? unwatched },
      judge: gate.spokenJudge,
    },
    deps,
  )
}

function searchOf({ agent, scope }: LoadedSession, { knowledge }: Dependencies): SessionContext['searchKnowledge'] {
  const sources = agent.knowledge.sources.flatMap((id) => decodeId('knowledge', id) ?? [])
  if (sources.length === 0) return undefined
  const most = agent.knowledge.max_chunks
  return (question, signal) => knowledge.find({ scope, sources, question, most }, signal)
}

function fillerOf({ row, agent }: LoadedSession): SessionContext['filler'] {
  const filler = row.modality === 'text' ? undefined : agent.voice?.filler
  return filler === undefined ? undefined : { afterMs: filler.after_ms, text: filler.text }
}

function makeModel(
  { agent, scope, outboundHosts }: LoadedSession,
  { door, chatModels }: Dependencies,
  {
    held,
    lookUpNote,
    variables,
    marks,
  }: {
    held: Held | undefined
    lookUpNote: ReturnType<typeof noteLookUp>
    variables: SessionVariables
    marks: PromptMarks
  },
): ModelPort {
  const { model } = agent
  if (model.kind === 'scripted') {
    return createScriptedModel({ script: model.script, variables: () => variables.values(), lookUpNote })
  }
  const port = createOpenAiCompatibleModel({
    door,
    chatModels,
    marks,
    workspaceId: scope.workspaceId,
    onlyHosts: outboundHosts,
    provider: model.provider,
    model: model.model,
    ...(model.base_url === undefined ? {} : { baseUrl: model.base_url }),
    ...(held === undefined ? {} : { credential: held.secret }),
  })
  return unmarkModel(held === undefined ? port : watchModel(port, held.watch), marks.data)
}
