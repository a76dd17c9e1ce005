/**
 * Threat: an agent for sensitive conversations goes live without the controls that such conversations need.
 * Rule: a `sensitive` agent is published only when each of the five controls is set or waived with a reason and a name.
 * On failure: agent.launch_gate with one pointer for each missing control; nothing is published.
 */
import { type AgentDocument, launchControls } from '@hyponema/contract'
import { AppError, type FieldError } from '../../kernel/app-error.ts'

export function checkLaunch(document: AgentDocument): void {
  if (document.sensitivity !== 'sensitive') return
  const waived = new Set<string>(document.waivers.map((waiver) => waiver.control))
  const errors: FieldError[] = launchControls
    .filter((control) => !waived.has(control) && !isSet(document, control))
    .map((control) => ({
      pointer: `/policy/${control}`,
      detail: `set ${control} in the policy, or waive it in /waivers with a reason and the name of who answers for it`,
    }))
  if (errors.length > 0) throw new AppError('agent.launch_gate', 'sensitive agent lacks controls', { errors })
}

/** A control counts as set when the policy document has a non-empty section of its name. */
function isSet(document: AgentDocument, control: (typeof launchControls)[number]): boolean {
  const section: unknown = Object.entries(document.policy).find(([name]) => name === control)?.[1]
  if (Array.isArray(section)) return section.length > 0
  return section !== undefined && section !== null
}
