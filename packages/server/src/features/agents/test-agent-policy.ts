/**
 * Threat: an agent is published with a policy that does not do what its author believes.
 * Rule: publishing compiles the policy and runs the tests that the document brings along.
 * On failure: policy.does_not_compile or policy.tests_failed with one pointer each; nothing is published.
 */
import type { AgentDocument } from '@hyponema/contract'
import { runPolicyTests } from '@hyponema/policy'
import { AppError } from '../../kernel/app-error.ts'
import { compileAgentPolicy, layersOf } from './compile-agent-policy.ts'

export function testAgentPolicy(document: AgentDocument): void {
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
