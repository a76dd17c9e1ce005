import type { Scope } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { issueApiKey, type NewApiKey } from './issue-api-key.ts'

/** Makes a key for the host or the demo, whose scopes nobody's role bounds, and returns its text. */
export async function createApiKey(
  tx: AuditedTx,
  input: Omit<NewApiKey, 'rotatedFrom' | 'scopes'> & { readonly scopes: readonly Scope[] },
): Promise<string> {
  const { text } = await issueApiKey(tx, { ...input, rotatedFrom: null })
  return text
}
