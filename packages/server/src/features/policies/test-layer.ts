/**
 * Threat: a policy is put in force that does not do what its author believes.
 * Rule: the tests that its document brings along run against it, and against all layers above it.
 * On failure: policy.tests_failed with one pointer each, expected and found; nothing is published.
 */
import type { CompiledPolicy, PolicyLayer, PolicyTestFailure } from '@hyponema/policy'
import { AppError } from '../../kernel/app-error.ts'
import { runTests } from './run-tests.ts'

/** Throws policy.does_not_compile or policy.tests_failed. `below` is where the document stands in what the caller sent. */
export async function testLayer(policy: CompiledPolicy, layer: PolicyLayer, below: string): Promise<void> {
  refuseFailures(await runTests(policy, layer), below)
}

/** Throws policy.tests_failed where there are any. */
export function refuseFailures(failures: readonly PolicyTestFailure[], below: string): void {
  if (failures.length === 0) return
  throw new AppError('policy.tests_failed', `${failures.length} of the policy's tests fail`, {
    errors: failures.map(({ pointer, expected, found }) => ({
      pointer: `${below}${pointer}`,
      detail: `expected ${expected}, found ${found}`,
    })),
  })
}
