import { type AgentDocument, launchControls, type PolicyDocument } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'

export type LaunchControl = (typeof launchControls)[number]

/** Of the controls that a sensitive agent needs those which no layer sets and nobody has waived. */
export function listMissing(
  { sensitivity, waivers }: Pick<AgentDocument, 'sensitivity' | 'waivers'>,
  layers: readonly PolicyLayer[],
): readonly LaunchControl[] {
  if (sensitivity !== 'sensitive') return []
  const waived = new Set<string>(waivers.map(({ control }) => control))
  return launchControls.filter(
    (control) => !waived.has(control) && !layers.some(({ document }) => isSet(document, control)),
  )
}

/** A control counts as set when a policy document has a non-empty section of its name. */
function isSet(document: PolicyDocument, control: LaunchControl): boolean {
  const section: unknown = Object.entries(document).find(([name]) => name === control)?.[1]
  if (Array.isArray(section)) return section.length > 0
  return section !== undefined && section !== null
}
