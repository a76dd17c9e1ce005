import type { AgentDocument, Uuid } from '@hyponema/contract'
import { requireEveryAgent } from '../../guards/agent-allowed.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { IsOpened } from '../credentials/public.ts'
import { checkSources } from '../knowledge/public.ts'
import { checkDraftAddresses } from './check-draft-addresses.ts'
import { insertAgent } from './store.ts'

/** Makes an agent with a draft and no published version. Returns its id. */
export async function createAgent(
  tx: AuditedTx,
  input: { principal: Principal; newId: NewId; name: string; document: AgentDocument; isOpened: IsOpened },
): Promise<Uuid> {
  requireEveryAgent(input.principal)
  await checkDraftAddresses(tx, input.document, { prefix: '/document', isOpened: input.isOpened })
  await checkSources(tx, input.document, { prefix: '/document', areReady: false })
  const id = input.newId()
  await insertAgent(tx, { id, name: input.name, sensitivity: input.document.sensitivity, draft: input.document })
  await tx.audit({ action: 'agent.created', target: { kind: 'agent', id }, after: { draft_revision: 1 } })
  return id
}
