/**
 * Threat: a conversation is held under a policy that does not compile, or under another one than was published.
 * Rule: publishing and joining compile the document of the agent version; its hash names it in every decision.
 * On failure: policy.does_not_compile with one pointer each; nothing is published and no session begins.
 */
import type { AgentDocument } from '@hyponema/contract'
import { type CompiledPolicy, canonicalPolicyText, compilePolicy, type PolicyLayer } from '@hyponema/policy'
import { AppError } from '../../kernel/app-error.ts'
import { sha256 } from '../../platform/crypto/sha256.ts'

/** Compiles what an agent is held to. `version` is the agent version's number, 0 for a draft. */
export function compileAgentPolicy(document: AgentDocument, version: number): CompiledPolicy {
  const layers = layersOf(document)
  const compiled = compilePolicy({
    layers,
    identity: { id: 'agent', version, sha256: policySha256(document).toString('hex') },
    versions: { unicode: process.versions['unicode'] ?? 'unknown', timeZones: process.versions['tz'] ?? 'unknown' },
  })
  if (compiled.ok) return compiled.policy
  throw new AppError('policy.does_not_compile', 'policy refused', {
    errors: compiled.diagnostics.map(({ pointer, message, fix }) => ({
      pointer: `/policy${pointer}`,
      detail: `${message}; ${fix}`,
    })),
  })
}

/** What names a policy everywhere: in its decisions, in the session that is held to it, and on the talk page. */
export function policySha256(document: AgentDocument): Buffer {
  return sha256(canonicalPolicyText(layersOf(document)))
}

export function layersOf(document: AgentDocument): readonly PolicyLayer[] {
  return [{ layer: 'agent', document: document.policy }]
}
