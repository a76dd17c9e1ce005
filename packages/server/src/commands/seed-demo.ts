import type { Uuid } from '@hyponema/contract'
import { createAgent, publishAgent, renderDemoAgent } from '../features/agents/public.ts'
import { createApiKey } from '../features/api-keys/public.ts'
import { createWorkspace } from '../features/workspaces/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { Principal } from '../kernel/principal.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import type { Installation } from './open-installation.ts'

/** A demo key is a `test` key of 30 days (data-boundary 5). */
const demoKeyLifeMs = 30 * 24 * 60 * 60 * 1000

export type Demo = { readonly workspaceId: Uuid; readonly apiKey: string; readonly agentId: Uuid }

/** Makes the demo workspace, its receptionist and a test key, in one transaction: all of it or nothing. */
export async function seedDemo(options: { installation: Installation; clock: Clock; newId: NewId }): Promise<Demo> {
  const { installation, clock, newId } = options
  const workspaceId = newId()
  const scope = provenScope(workspaceId)
  const principal: Principal = { kind: 'system', scope, name: 'demo-seed' }
  return auditedTransaction({ database: installation.database, clock, newId, scope, principal }, async (tx) => {
    await createWorkspace(tx, { name: 'Demo' })
    const agentId = await createAgent(tx, { principal, newId, name: 'Riverside Clinic', document: renderDemoAgent() })
    await publishAgent(tx, { principal, clock, id: agentId, note: 'The demo as it ships' })
    const apiKey = await createApiKey(tx, {
      newId,
      keyring: installation.keyring,
      label: 'Demo key',
      mode: 'test',
      scopes: ['workspace:write', 'transcripts:read', 'decisions:read', 'audit:read'],
      allowedAddresses: null,
      allowedAgents: null,
      createdBy: 'demo-seed',
      expiresAt: new Date(clock.nowMs() + demoKeyLifeMs),
    })
    return { workspaceId, apiKey, agentId }
  })
}
