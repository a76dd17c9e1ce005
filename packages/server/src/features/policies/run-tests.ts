/**
 * Threat: the tests of one workspace's policy take seconds, and everybody who talks through this process falls silent meanwhile.
 * Rule: between two cases the process does what else there is to do.
 * On failure: what a case throws is thrown.
 */
import { setImmediate as others } from 'node:timers/promises'
import { type CompiledPolicy, eachPolicyTest, type PolicyLayer, type PolicyTestFailure } from '@hyponema/policy'
import { readZoneTransitions } from '../../platform/time/read-zone-transitions.ts'

/** The cases of a document that do not come out as they say. */
export async function runTests(policy: CompiledPolicy, layer: PolicyLayer): Promise<readonly PolicyTestFailure[]> {
  const failures: PolicyTestFailure[] = []
  for (const failure of eachPolicyTest(policy, [layer], readZoneTransitions)) {
    if (failure !== undefined) failures.push(failure)
    await others()
  }
  return failures
}
