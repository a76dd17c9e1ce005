/**
 * Threat: an agent for sensitive conversations goes live without the controls that such conversations need.
 * Rule: a `sensitive` agent is published only when each of the five controls is set, by whichever layer holds it, or waived with
 * a reason and a name.
 * On failure: agent.launch_gate with one pointer for each missing control; nothing is published.
 */
import { type AgentDocument, launchControls, type PolicyDocument } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import { AppError, type FieldError } from '../../kernel/app-error.ts'

export function checkLaunch(document: AgentDocument, layers: readonly PolicyLayer[]): void {
  if (document.sensitivity !== 'sensitive') return
  const waived = new Set<string>(document.waivers.map((waiver) => waiver.control))
  const errors: FieldError[] = launchControls
    .filter((control) => !waived.has(control) && !layers.some((layer) => isSet(layer.document, control)))
    .map((control) => ({
      pointer: `/policy/${control}`,
      detail: `set ${control} in the policy or in one of the workspace that holds this agent, or waive it in /waivers with a reason and the name of who answers for it`,
    }))
  if (errors.length > 0) throw new AppError('agent.launch_gate', 'sensitive agent lacks controls', { errors })
}

/** A control counts as set when a policy document has a non-empty section of its name. */
function isSet(document: PolicyDocument, control: (typeof launchControls)[number]): boolean {
  const section: unknown = Object.entries(document).find(([name]) => name === control)?.[1]
  if (Array.isArray(section)) return section.length > 0
  return section !== undefined && section !== null
}
