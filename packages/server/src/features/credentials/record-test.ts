import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { recordRefusal } from './record-refusal.ts'
import { setWorking } from './store.ts'
import type { TestedCredential } from './test-credential.ts'

/** Writes down what a test found. */
export async function recordTest(
  tx: AuditedTx,
  tested: TestedCredential & {
    readonly id: Uuid
    readonly clock: Clock
    readonly newId: NewId
    readonly contentKeys: ContentKeys
  },
): Promise<void> {
  const { id, version, verdict } = tested
  await tx.audit({
    action: 'credential.tested',
    target: { kind: 'credential', id },
    after: { version, result: verdict.result, status_code: verdict.status_code },
  })
  if (verdict.result === 'valid') await setWorking(tx, id, version)
  if (verdict.result === 'rejected') await recordRefusal(tx, { ...tested, reason: 'rejected' })
}
