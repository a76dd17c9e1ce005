/**
 * Threat: an agent is published with a policy that does not compile, or that does not do what its author believes.
 * Rule: publishing compiles the policy and runs the document's own tests.
 * On failure: policy.does_not_compile or policy.tests_failed with one pointer each; nothing is published.
 */
import type { AgentDocument } from '@hyponema/contract'
import {
  type CompiledPolicy,
  canonicalPolicyText,
  compilePolicy,
  type PolicyLayer,
  runPolicyTests,
} from '@hyponema/policy'
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

export function checkPolicy(document: AgentDocument): void {
  const policy = compileAgentPolicy(document, 0)
  const failures = runPolicyTests(policy, layersOf(document))
  if (failures.length === 0) return
  throw new AppError('policy.tests_failed', `${failures.length} of the policy's tests fail`, {
    errors: failures.map(({ pointer, expected, found }) => ({
      pointer: `/policy${pointer}`,
      detail: `expected ${expected}, found ${found}`,
    })),
  })
}

function layersOf(document: AgentDocument): readonly PolicyLayer[] {
  return [{ layer: 'agent', document: document.policy }]
}
