import { createAgent, renderDemoAgent } from '../features/agents/public.ts'
import { createWorkspace } from '../features/workspaces/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { Principal } from '../kernel/principal.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import { createDemoKey } from './create-demo-key.ts'
import type { DemoPlace } from './demo-record.ts'
import type { Installation } from './open-installation.ts'

export type SeededDemo = DemoPlace & { readonly apiKey: string }

/**
 * Makes the demo workspace, the draft of its receptionist and a test key, in one transaction: all of it or nothing. It is
 * published when it has what it names (renew-demo.ts).
 */
export async function seedDemo(parts: { installation: Installation; clock: Clock; newId: NewId }): Promise<SeededDemo> {
  const { installation, clock, newId } = parts
  const workspaceId = newId()
  const scope = provenScope(workspaceId)
  const principal: Principal = { kind: 'system', scope, name: 'demo-seed' }
  return auditedTransaction({ database: installation.database, clock, newId, scope, principal }, async (tx) => {
    await createWorkspace(tx, { name: 'Demo' })
    const agentId = await createAgent(tx, {
      principal,
      newId,
      name: 'Riverside Clinic',
      document: renderDemoAgent({ handbook: undefined, desk: undefined }),
      // It names no credential.
      isOpened: () => false,
    })
    return { workspaceId, agentId, apiKey: await createDemoKey(tx, parts) }
  })
}
