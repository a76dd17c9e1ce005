import { agentDocumentSchema, type Uuid } from '@hyponema/contract'
import type { CompiledPolicy } from '@hyponema/policy'
import type { z } from 'zod'
import { compileAgentPolicy } from '../../features/agents/public.ts'
import { namedByDigest } from '../../features/policies/public.ts'
import type { UserContentKey } from '../../guards/content-keys.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { idMaker } from '../../kernel/new-id.ts'
import { provenScope } from '../../kernel/workspace-scope.ts'
import { randomSecret } from '../../platform/crypto/random-secret.ts'
import { openContent, sealContent } from '../../platform/crypto/sealed-content.ts'
import { HandOver } from '../hand-over/hand-over.ts'
import { OpeningLines } from '../opening-lines.ts'
import type { SessionContext } from '../pipeline/session-context.ts'
import { PolicyGate } from '../policy-gate.ts'
import type { ModelPort } from '../providers/model-port.ts'
import type { SafetyWatch } from '../safety/safety-watch.ts'
import { SessionSafety } from '../safety/session-safety.ts'
import { SessionLanguage } from '../session-language.ts'
import { SessionPolicy } from '../session-policy.ts'
import { SessionVariables } from '../session-variables.ts'
import { createSessionTools, type SessionTools } from '../tools/create-session-tools.ts'
import type { Tool } from '../tools/define-tool.ts'
import { foreignTexts } from '../tools/foreign-texts.ts'
import { SessionCalls } from '../tools/session-calls.ts'
import { ToolBudget } from '../tools/tool-budget.ts'

export const newId = idMaker(systemClock)

type Given = z.input<typeof agentDocumentSchema>

/** What a session needs, without a database: the real gate, the real tools, a key of its own and the model of the test. */
export function makeContext(options: {
  model: ModelPort
  workspaceId?: Uuid
  clock?: Clock
  document?: Partial<Given>
  /** What the session was created with. */
  variables?: Readonly<Record<string, string>>
  sessionVariables?: SessionVariables
  filler?: SessionContext['filler']
  /** Besides those of the document. */
  tools?: readonly Tool[]
  canary?: string
  searchKnowledge?: SessionContext['searchKnowledge']
  /** Where calls are counted that a rule bounds by the day. */
  toolDays?: SessionContext['toolDays']
  /** What is watched over the turns. */
  watches?: (policy: CompiledPolicy) => readonly SafetyWatch[]
}): SessionContext {
  const agent = agentDocumentSchema.parse({
    persona: { prompt: 'You answer.', first_message: 'Hello.' },
    model: { kind: 'scripted', script: { rules: [] } },
    tools: ['book_slot'],
    policy: {},
    ...options.document,
  })
  const language = new SessionLanguage(agent.persona.language)
  const scope = provenScope(options.workspaceId ?? newId())
  const userId = newId()
  const held = namedByDigest([{ layer: 'agent', document: agent.policy }])
  const policy = compileAgentPolicy(agent, 1)
  const safety = new SessionSafety(options.watches?.(policy) ?? [])
  const gate = new PolicyGate(policy, {
    canary: options.canary,
    facts: (stage) => safety.facts(stage),
    language: () => language.current,
  })
  const opening = new OpeningLines(gate.openings)
  return {
    scope,
    sessionId: newId(),
    userId,
    tokenJti: newId(),
    agent,
    firstMessage: agent.persona.first_message ?? (opening.due.length > 0 ? '' : undefined),
    get language() {
      return language.current
    },
    changeLanguage: (next) => language.change(next),
    variables: options.sessionVariables ?? variablesOf(options.variables ?? {}, options.clock ?? systemClock),
    allowedOrigins: agent.allowed_origins,
    expiresAtMs: (options.clock ?? systemClock).nowMs() + 3_600_000,
    policySha256: held.sha256,
    userKey: makeUserKey(scope.workspaceId, userId),
    model: options.model,
    tools: withTools(createSessionTools(agent.tools), options.tools ?? []),
    toolBudget: new ToolBudget(agent.limits.max_tool_calls),
    calls: new SessionCalls({ foreign: foreignTexts(options.tools ?? []) }),
    toolDays: options.toolDays ?? nobodyCounts,
    safety,
    handOver: new HandOver(),
    gate,
    policy: new SessionPolicy(
      { began: held, now: held, agentId: newId(), agent, version: 1 },
      { gate, opening, keep: () => undefined },
    ),
    opening,
    clock: options.clock ?? systemClock,
    newId,
    history: [],
    takeKeptDecisions: () => [],
    speech: undefined,
    searchKnowledge: options.searchKnowledge,
    filler: options.filler,
    takeSpeechUsage: () => ({ listenedMs: 0, spokenCharacters: 0 }),
    credentials: [],
    openings: { take: () => [], putBack: () => undefined },
  }
}

/** A test without a database has no rule with a budget of the day, or says itself who counts. */
const nobodyCounts: SessionContext['toolDays'] = {
  count: () => Promise.reject(new Error('expected a test that says who counts')),
  take: () => Promise.reject(new Error('expected a test that says who counts')),
}

function variablesOf(own: Readonly<Record<string, string>>, clock: Clock): SessionVariables {
  return new SessionVariables({ own, nowMs: () => clock.nowMs() })
}

function withTools(ofAgent: SessionTools, more: readonly Tool[]): SessionTools {
  return {
    ...ofAgent,
    offered: [...ofAgent.offered, ...more],
    find: (name) => more.find((tool) => tool.name === name) ?? ofAgent.find(name),
  }
}

function makeUserKey(workspaceId: Uuid, ownerId: Uuid): UserContentKey {
  const secret = randomSecret()
  return {
    seal: (place, text) => sealContent(secret, { ...place, workspaceId, ownerId }, text),
    open: (place, sealed, purpose) => openContent(secret, { ...place, workspaceId, ownerId }, sealed, purpose),
    destroy: () => secret.destroy(),
  }
}
