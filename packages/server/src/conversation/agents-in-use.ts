/**
 * Threat: a session is held to the policy of another workspace, agent or version, because that one lay in memory already.
 * Rule: what is shared is found by the workspace, the version's number and the SHA-256 of the whole document and of all layers
 * as they were just read, so it is what would have been made of them. It is frozen: no session can change it for another.
 * On failure: compiled anew. What does not compile is not kept: policy.does_not_compile for each session that asks.
 *
 * A policy of 200 phrases takes 60 KB compiled and milliseconds to compile; a thousand calls of one agent need it once.
 */
import type { AgentDocument, Uuid } from '@hyponema/contract'
import type { CompiledPolicy } from '@hyponema/policy'
import { LRUCache } from 'lru-cache'
import { compileAgentPolicy } from '../features/agents/public.ts'
import { type HeldLayers, namedByDigest } from '../features/policies/public.ts'
import { sha256 } from '../platform/crypto/sha256.ts'

export type AgentInUse = { readonly agent: AgentDocument; readonly policy: CompiledPolicy; readonly held: HeldLayers }

type Taken = { readonly agent: AgentDocument; readonly version: number; readonly held?: HeldLayers }

/** Names only: what they stand for lives as long as a session has it. A forgotten one is not shared with later sessions. */
const maxNames = 1000

export class AgentsInUse {
  readonly #names: LRUCache<string, { readonly [Part in keyof AgentInUse]: WeakRef<AgentInUse[Part]> }>

  constructor(names = maxNames) {
    this.#names = new LRUCache({ max: names })
  }

  /** The agent version and its policy, from a session of the same version that lives. Throws policy.does_not_compile. */
  take(workspaceId: Uuid, { agent, version, held = ofAgentAlone(agent) }: Taken): AgentInUse {
    const digests = [sha256(JSON.stringify(agent)), held.sha256].map((digest) => digest.toString('base64'))
    const name = `${workspaceId} ${version} ${digests.join(' ')}`
    const known = this.#names.get(name)
    const shared = { agent: known?.agent.deref(), policy: known?.policy.deref(), held: known?.held.deref() }
    if (shared.agent !== undefined && shared.policy !== undefined && shared.held !== undefined)
      return { agent: shared.agent, policy: shared.policy, held: shared.held }
    const layers = frozen(held.layers)
    const kept = { layers, sha256: Buffer.from(held.sha256) }
    const made = {
      agent: frozen(agent),
      policy: compileAgentPolicy(agent, version, kept, { linesGiveWay: true }),
      held: kept,
    }
    this.#names.set(name, {
      agent: new WeakRef(made.agent),
      policy: new WeakRef(made.policy),
      held: new WeakRef(made.held),
    })
    return made
  }
}

function ofAgentAlone(agent: AgentDocument): HeldLayers {
  return namedByDigest([{ layer: 'agent', document: agent.policy }])
}

/** A document is what JSON can say, so it has an end. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
