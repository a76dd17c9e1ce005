import type { Installation } from '../../packages/server/src/commands/open-installation.ts'
import { ensureUser } from '../../packages/server/src/features/users/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import type { WorkspaceTx } from '../../packages/server/src/platform/postgres/workspace-tx.ts'
import { alternatingPairs } from '../boundary/alternating-pairs.ts'

/** As many as the pool of the app serves at once without waiting. */
const lanes = 8

/** Transactions a second that make a user with a key: with its event in the same transaction, and without. */
export async function measureAuditedActs(
  { installation, scope }: { installation: Installation; scope: WorkspaceScope },
  options: { pairs: number; transactions: number },
): Promise<readonly (readonly [audited: number, bare: number])[]> {
  const { database, keyring } = installation
  const newId = idMaker(systemClock)
  const contentKeys = createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId })
  const principal = { kind: 'system', scope, name: 'bench' } as const
  const act = { database, clock: systemClock, newId, scope, principal }
  const make = (tx: WorkspaceTx) => ensureUser(tx, { externalId: newId(), newId, contentKeys })
  const audited = () =>
    auditedTransaction(act, async (tx) => {
      const { id } = await make(tx)
      await tx.audit({ action: 'user.created', target: { kind: 'user', id } })
    })
  const bare = async () => void (await database.withWorkspace(scope, make))
  const perSecond = async (one: () => Promise<void>): Promise<number> => {
    let left = options.transactions
    const lane = async (): Promise<void> => {
      for (; left > 0; left -= 1) await one()
    }
    const startedMs = performance.now()
    await Promise.all(Array.from({ length: lanes }, lane))
    return options.transactions / ((performance.now() - startedMs) / 1000)
  }
  await perSecond(audited)
  await perSecond(bare)
  return alternatingPairs(
    options.pairs,
    () => perSecond(audited),
    () => perSecond(bare),
  )
}
