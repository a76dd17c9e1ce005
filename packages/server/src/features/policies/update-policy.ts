import type { PolicyDocument, Uuid } from '@hyponema/contract'
import { encodeId } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { type AgentDirectory, checkAgents } from './check-agents.ts'
import { checkControls } from './check-controls.ts'
import { takeLayerTurn } from './find-layers.ts'
import { readAgents } from './read-agents.ts'
import { findPolicyVersion, lockPolicy, updatePolicyDraft } from './store.ts'

/** Changes the draft, and whom the policy holds: that takes effect at once. What is published stays as it is. */
export async function updatePolicy(
  tx: AuditedTx,
  input: {
    clock: Clock
    id: Uuid
    document: PolicyDocument | undefined
    agents: readonly string[] | undefined
    draftRevision: number | undefined
    directory: AgentDirectory
  },
): Promise<void> {
  const { id, directory } = input
  if (input.agents !== undefined) await takeLayerTurn(tx)
  const policy = await lockPolicy(tx, id)
  if (policy === undefined) throw notFound('policy')
  if (input.draftRevision !== undefined && input.draftRevision !== policy.draftRevision) {
    throw new AppError('request.conflict', `draft is at revision ${policy.draftRevision}`)
  }
  const agents = input.agents === undefined ? policy.agents : await readAgents(tx, input.agents, directory)
  const draftRevision = policy.draftRevision + 1
  const now = new Date(input.clock.nowMs())
  if (policy.publishedVersion !== null && input.agents !== undefined) {
    const version = await findPolicyVersion(tx, id, policy.publishedVersion)
    if (version === undefined) throw new AppError('policy.version_not_found', 'the version in force is gone')
    await checkControls(tx, { name: policy.name, document: version.document, agents }, directory)
    await checkAgents(tx, { layer: 'workspace', name: policy.name, document: version.document }, { agents, directory })
    await tx.signal('policy_floor', id)
  }
  await updatePolicyDraft(tx, { id, draft: input.document ?? policy.draft, agents, draftRevision, now })
  const named = (ids: readonly Uuid[]) => ids.map((agent) => encodeId('agent', agent))
  await tx.audit({
    action: 'policy.updated',
    target: { kind: 'policy', id },
    before: { draft_revision: policy.draftRevision, agents: named(policy.agents) },
    after: { draft_revision: draftRevision, agents: named(agents) },
  })
}
