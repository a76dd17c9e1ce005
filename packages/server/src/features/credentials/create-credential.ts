import type { createCredentialSchema, Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import { Secret } from '../../platform/crypto/secret.ts'
import { readHint } from './read-hint.ts'
import { sealNewCredential } from './seal-new-credential.ts'

/** Seals a provider key as version 1 of a new credential. What is kept readable is its hint. */
export async function createCredential(
  tx: AuditedTx,
  input: {
    principal: Principal
    newId: NewId
    sealer: CredentialSealer
    credential: z.infer<typeof createCredentialSchema>
  },
): Promise<Uuid> {
  const { kind, provider, label, base_url: baseUrl, secret: keyText } = input.credential
  const { sealer } = input
  const id = input.newId()
  const secret = new Secret(Buffer.from(keyText, 'utf8'))
  try {
    const createdBy = principalName(input.principal).id
    const hint = readHint(keyText)
    await sealNewCredential(tx, { id, kind, provider, label, hint, baseUrl, createdBy, secret, sealer })
  } finally {
    secret.destroy()
  }
  await tx.audit({
    action: 'credential.created',
    target: { kind: 'credential', id },
    after: { kind, provider, version: 1, ...(baseUrl === undefined ? {} : { base_url: baseUrl }) },
  })
  return id
}
