import type { Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { ContentKey, ContentKeys } from '../../guards/content-keys.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** What was asked and decided: whom, about what, and why. */
const attemptSchema = z.strictObject({
  number: z.string().nullable(),
  subject: z.string().nullable(),
  explanation: z.record(z.string(), z.unknown()),
})

/** What shows that somebody agreed, and to which text. */
const consentSchema = z.strictObject({ proof: z.string().nullable(), version: z.string().nullable() })

export type AttemptContent = z.infer<typeof attemptSchema>
export type ConsentContent = z.infer<typeof consentSchema>

export function sealAttempt(key: ContentKey, id: Uuid, content: AttemptContent): SealedContent {
  return key.seal({ table: 'contact_attempts', column: 'content', rowId: id }, JSON.stringify(content))
}

export function openAttempt(key: ContentKey, id: Uuid, sealed: SealedContent): AttemptContent {
  const place = { table: 'contact_attempts', column: 'content', rowId: id }
  return attemptSchema.parse(JSON.parse(key.open(place, sealed, 'review')))
}

/** Under the key of the person, which is there only as long as it takes. */
export async function sealConsent(
  tx: WorkspaceTx,
  contentKeys: ContentKeys,
  { id, userId, ...content }: ConsentContent & { readonly id: Uuid; readonly userId: Uuid },
): Promise<SealedContent> {
  const key = await contentKeys.forUser(tx, userId)
  try {
    return key.seal({ table: 'consents', column: 'content', rowId: id }, JSON.stringify(content))
  } finally {
    key.destroy()
  }
}

export function openConsent(key: ContentKey, id: Uuid, sealed: SealedContent): ConsentContent {
  return consentSchema.parse(
    JSON.parse(key.open({ table: 'consents', column: 'content', rowId: id }, sealed, 'review')),
  )
}
