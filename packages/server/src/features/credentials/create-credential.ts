import type { createCredentialSchema, Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { readHint } from './read-hint.ts'
import type { SealedProviderKey } from './seal-provider-key.ts'
import { insertCredential } from './store.ts'

/** Makes a credential of a provider key that was sealed for it. What is kept readable is its hint. */
export async function createCredential(
  tx: AuditedTx,
  input: SealedProviderKey & { principal: Principal; credential: z.infer<typeof createCredentialSchema> },
): Promise<Uuid> {
  const { id, sealed } = input
  const { kind, provider, label, base_url: baseUrl, secret } = input.credential
  const createdBy = principalName(input.principal).id
  const hint = readHint(secret)
  await insertCredential(tx, { id, kind, provider, label, hint, baseUrl: baseUrl ?? null, createdBy }, sealed)
  await tx.audit({
    action: 'credential.created',
    target: { kind: 'credential', id },
    after: { kind, provider, version: 1, ...(baseUrl === undefined ? {} : { base_url: baseUrl }) },
  })
  return id
}
