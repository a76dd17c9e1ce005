import type { Uuid } from '@hyponema/contract'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { ContentPurpose, SealedContent } from '../../platform/crypto/sealed-content.ts'

/** What an operator writes to a person lies under that person's key, and goes with it. */
export function sealMessage(key: UserContentKey, messageId: Uuid, text: string): SealedContent {
  return key.seal({ table: 'escalation_messages', column: 'content', rowId: messageId }, text)
}

export function openMessage(
  key: UserContentKey,
  messageId: Uuid,
  sealed: SealedContent,
  purpose: ContentPurpose,
): string {
  return key.open({ table: 'escalation_messages', column: 'content', rowId: messageId }, sealed, purpose)
}
