import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { notFound } from '../../kernel/path-id.ts'
import { lockApiKey, setLabel } from './store.ts'

/** Gives a key another label. What it may do is fixed when it is made. */
export async function updateApiKey(tx: AuditedTx, input: { id: Uuid; label: string }): Promise<void> {
  const key = await lockApiKey(tx, input.id)
  if (key === undefined) throw notFound('API key')
  if (key.label === input.label) return tx.withoutChange(undefined)
  await setLabel(tx, input)
  await tx.audit({
    action: 'api_key.updated',
    target: { kind: 'apiKey', id: input.id },
    before: { label: key.label },
    after: { label: input.label },
  })
}
