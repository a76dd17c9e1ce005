/**
 * Threat: a session is held to the policy of another workspace, agent or version, because that one lay in memory already.
 * Rule: what is shared is found by the workspace, the version's number and the SHA-256 of the whole document as it was just
 * read, so it is what would have been made of it. It is frozen: no session can change it for another.
 * On failure: compiled anew. What does not compile is not kept: policy.does_not_compile for each session that asks.
 *
 * A policy of 200 phrases takes 60 KB compiled and milliseconds to compile; a thousand calls of one agent need it once.
 */
import type { AgentDocument, Uuid } from '@hyponema/contract'
import { LRUCache } from 'lru-cache'
import { compileAgentPolicy } from '../features/agents/public.ts'
import { sha256 } from '../platform/crypto/sha256.ts'

export type AgentInUse = {
  readonly agent: AgentDocument
  readonly policy: ReturnType<typeof compileAgentPolicy>
}

/** Names only: what they stand for lives as long as a session has it. A forgotten one is not shared with later sessions. */
const maxNames = 1000

export class AgentsInUse {
  readonly #names: LRUCache<string, { agent: WeakRef<AgentDocument>; policy: WeakRef<AgentInUse['policy']> }>

  constructor(names = maxNames) {
    this.#names = new LRUCache({ max: names })
  }

  /** The agent version and its policy, from a session of the same version that lives. Throws policy.does_not_compile. */
  take(workspaceId: Uuid, { agent, version }: { readonly agent: AgentDocument; readonly version: number }): AgentInUse {
    const name = `${workspaceId} ${version} ${sha256(JSON.stringify(agent)).toString('base64')}`
    const known = this.#names.get(name)
    const shared = { agent: known?.agent.deref(), policy: known?.policy.deref() }
    if (shared.agent !== undefined && shared.policy !== undefined) return { agent: shared.agent, policy: shared.policy }
    const made = { agent: frozen(agent), policy: compileAgentPolicy(agent, version) }
    this.#names.set(name, { agent: new WeakRef(made.agent), policy: new WeakRef(made.policy) })
    return made
  }
}

/** A document is what JSON can say, so it has an end. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
