import { createApiKey } from '../features/api-keys/public.ts'
import type { AuditedTx } from '../guards/audited-transaction.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { Installation } from './open-installation.ts'

/** A demo key is a `test` key of 30 days (data-boundary 5). */
const demoKeyLifeMs = 30 * 24 * 60 * 60 * 1000

/** Makes a key for the demo workspace, in which the transaction is. */
export function createDemoKey(
  tx: AuditedTx,
  { installation, clock, newId }: { installation: Installation; clock: Clock; newId: NewId },
): Promise<string> {
  return createApiKey(tx, {
    newId,
    keyring: installation.keyring,
    label: 'Demo key',
    mode: 'test',
    scopes: [
      'workspace:write',
      'transcripts:read',
      'decisions:read',
      'traces:read',
      'audit:read',
      'privacy:read',
      'privacy:write',
    ],
    allowedAddresses: null,
    allowedAgents: null,
    createdBy: 'demo-seed',
    expiresAt: new Date(clock.nowMs() + demoKeyLifeMs),
  })
}
