import type { Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { ContentPurpose, SealedContent } from '../../platform/crypto/sealed-content.ts'

/** What a decision's sealed `content` holds: the decision as the engine gave it and, for a block, the words that it withheld. */
const contentSchema = z.strictObject({
  decision: z.record(z.string(), z.unknown()),
  blocked_text: z.string().nullable(),
  characters_heard: z.int().nonnegative(),
})

export type DecisionContent = z.infer<typeof contentSchema>

export function sealDecision(key: UserContentKey, decisionId: Uuid, content: DecisionContent): SealedContent {
  return key.seal({ table: 'decisions', column: 'content', rowId: decisionId }, JSON.stringify(content))
}

export function openDecision(
  key: UserContentKey,
  decisionId: Uuid,
  sealed: SealedContent,
  purpose: ContentPurpose,
): DecisionContent {
  return contentSchema.parse(
    JSON.parse(key.open({ table: 'decisions', column: 'content', rowId: decisionId }, sealed, purpose)),
  )
}
