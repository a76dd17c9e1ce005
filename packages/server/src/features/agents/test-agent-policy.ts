/**
 * Threat: an agent is published with a policy that does not do what its author believes, or that cannot stand beside the
 * policies of its workspace.
 * Rule: publishing compiles all layers together and runs the tests that the document brings along.
 * On failure: policy.does_not_compile or policy.tests_failed with one pointer each; nothing is published.
 */
import type { AgentDocument } from '@hyponema/contract'
import { checkLint, type HeldLayers, testLayer } from '../policies/public.ts'
import { compileAgentPolicy } from './compile-agent-policy.ts'

export async function testAgentPolicy(document: AgentDocument, held: HeldLayers): Promise<void> {
  checkLint(document.policy, '/policy')
  await testLayer(compileAgentPolicy(document, 0, held), { layer: 'agent', document: document.policy }, '/policy')
}
