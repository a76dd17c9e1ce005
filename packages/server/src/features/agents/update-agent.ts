import type { AgentDocument, Uuid } from '@hyponema/contract'
import { allowedAgents, requireAgentAllowed } from '../../guards/agent-allowed.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { IsOpened } from '../credentials/public.ts'
import { checkSources } from '../knowledge/public.ts'
import { checkDraftAddresses } from './check-draft-addresses.ts'
import { lockAgent, updateDraft } from './store.ts'

/** Changes the draft; what is published stays as it is. `draftRevision` makes it a compare-and-set. */
export async function updateAgent(
  tx: AuditedTx,
  input: {
    principal: Principal
    clock: Clock
    id: Uuid
    name: string | undefined
    document: AgentDocument | undefined
    draftRevision: number | undefined
    isOpened: IsOpened
  },
): Promise<void> {
  requireAgentAllowed(input.principal, input.id)
  const agent = await lockAgent(tx, input.id)
  if (agent === undefined) throw notFound('agent')
  if (input.draftRevision !== undefined && input.draftRevision !== agent.draftRevision) {
    throw new AppError('request.conflict', `draft is at revision ${agent.draftRevision}`)
  }
  if (input.document !== undefined) {
    await checkDraftAddresses(tx, input.document, { prefix: '/document', isOpened: input.isOpened })
    const onlyOf = allowedAgents(input.principal) === undefined ? undefined : agent.draft.knowledge.sources
    await checkSources(tx, input.document, { prefix: '/document', areReady: false, onlyOf })
  }
  const draftRevision = agent.draftRevision + 1
  await updateDraft(tx, {
    id: input.id,
    name: input.name ?? agent.name,
    draft: input.document ?? agent.draft,
    draftRevision,
    now: new Date(input.clock.nowMs()),
  })
  await tx.audit({
    action: 'agent.updated',
    target: { kind: 'agent', id: input.id },
    before: { draft_revision: agent.draftRevision },
    after: { draft_revision: draftRevision },
  })
}
