/**
 * Threat: a sensitive agent that was launched because a policy of the workspace sets its controls loses them behind its back.
 * Rule: no act on a policy may leave a published sensitive agent without a control that it has now: not a publish, a roll back, being
 * taken out of force, or another list of agents. What an agent lacks already is no reason to refuse.
 * On failure: agent.launch_gate, which names each agent and control and says what to do; nothing is changed.
 */
import { encodeId, type PolicyDocument, type Uuid } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { AgentDirectory } from './check-agents.ts'
import { readLayersAbove } from './find-layers.ts'
import { listMissing } from './list-missing.ts'

/** Called while the database still says how it is now. Without a document: the policy is in force no more. */
export async function checkControls(
  tx: WorkspaceTx,
  next: { readonly name: string; readonly document?: PolicyDocument; readonly agents: readonly Uuid[] },
  directory: AgentDirectory,
): Promise<void> {
  const layersAbove = await readLayersAbove(tx)
  const errors = (await directory.listPublished(tx)).flatMap((agent): readonly FieldError[] => {
    const own: PolicyLayer = { layer: 'agent', document: agent.policy }
    const now = [...layersAbove(agent.id), own]
    const others = now.filter(({ layer, name }) => layer !== 'workspace' || name !== next.name)
    const isHeld = next.agents.length === 0 || next.agents.includes(agent.id)
    const then: readonly PolicyLayer[] =
      next.document === undefined || !isHeld
        ? others
        : [...others, { layer: 'workspace', name: next.name, document: next.document }]
    const before = new Set(listMissing(agent, now))
    return listMissing(agent, then)
      .filter((control) => !before.has(control))
      .map((control) => ({
        pointer: `/${control}`,
        detail: `the sensitive agent ${agent.name}, ${encodeId('agent', agent.id)}, version ${agent.version}, would have no ${control} any more; publish that agent with ${control} in its own policy or waived in /waivers, or put another policy in force that sets it, and do this again`,
      }))
  })
  if (errors.length > 0) throw new AppError('agent.launch_gate', 'a sensitive agent would lose controls', { errors })
}
