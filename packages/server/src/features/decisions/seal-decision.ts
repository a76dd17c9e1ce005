import type { Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { ContentPurpose, SealedContent } from '../../platform/crypto/sealed-content.ts'

/** What was asked takes no more in a row; a decision about more cannot be taken again, and says so. */
const maxAskedBytes = 65_536

/**
 * What a decision's sealed `content` holds: the decision as the engine gave it, for a block the words that it withheld, and what
 * the engine was asked: with that and its policy anybody can take it again.
 */
const contentSchema = z.strictObject({
  decision: z.record(z.string(), z.unknown()),
  blocked_text: z.string().nullable(),
  characters_heard: z.int().nonnegative(),
  asked: z.strictObject({ event: z.unknown(), facts: z.unknown() }).nullable().default(null),
})

export type DecisionContent = z.infer<typeof contentSchema>

export function sealDecision(key: UserContentKey, decisionId: Uuid, content: DecisionContent): SealedContent {
  const text = JSON.stringify({ ...content, asked: fits(content.asked) ? content.asked : null })
  return key.seal({ table: 'decisions', column: 'content', rowId: decisionId }, text)
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

function fits(asked: DecisionContent['asked']): boolean {
  return asked !== null && Buffer.byteLength(JSON.stringify(asked)) <= maxAskedBytes
}
