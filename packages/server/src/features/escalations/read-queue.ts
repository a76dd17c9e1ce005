import type { escalationSchema } from '@hyponema/contract'
import type { z } from 'zod'
import { allowedAgents } from '../../guards/agent-allowed.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { renderEscalation } from './render-escalation.ts'
import { listEscalations } from './store.ts'

/** Who looks at a screen sees the head of a longer queue; the API has the rest. */
const most = 200

/** Those who wait and those who are talked to, each the most urgent first, as far as this principal may know of them. */
export async function readQueue(
  tx: WorkspaceTx,
  principal: Principal,
): Promise<{ readonly data: readonly z.infer<typeof escalationSchema>[]; readonly hasMore: boolean }> {
  const page = { cursor: undefined, limit: most, queue: undefined, agents: allowedAgents(principal) }
  const open = await listEscalations(tx, { ...page, state: 'open' })
  const claimed = await listEscalations(tx, { ...page, state: 'claimed' })
  return {
    data: [...open.slice(0, most), ...claimed.slice(0, most)].map(renderEscalation),
    hasMore: open.length > most || claimed.length > most,
  }
}
