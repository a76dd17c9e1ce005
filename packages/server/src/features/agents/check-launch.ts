/**
 * Threat: an agent for sensitive conversations goes live without the controls that such conversations need.
 * Rule: a `sensitive` agent is published, or rolled back to a version, only when each of the five controls is set, by whichever layer holds it, or waived with
 * a reason and a name.
 * On failure: agent.launch_gate with one pointer for each missing control; nothing is changed. What policies of the workspace do later is
 * asked there (check-controls.ts).
 */
import type { AgentDocument } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import { listMissing } from '../policies/public.ts'

export function checkLaunch(document: AgentDocument, layers: readonly PolicyLayer[]): void {
  const errors: FieldError[] = listMissing(document, layers).map((control) => ({
    pointer: `/policy/${control}`,
    detail: `set ${control} in the policy or in one of the workspace that holds this agent, or waive it in /waivers with a reason and the name of who answers for it`,
  }))
  if (errors.length > 0) throw new AppError('agent.launch_gate', 'sensitive agent lacks controls', { errors })
}
