import type { Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { ContentPurpose, SealedContent } from '../../platform/crypto/sealed-content.ts'

/** What a turn's sealed `content` holds. */
const contentSchema = z.strictObject({ text: z.string() })

const toolCallSchema = z.strictObject({
  call_id: z.string(),
  name: z.string(),
  status: z.enum(['ok', 'failed']),
  arguments: z.string(),
  result: z.string(),
})

/** What a turn's sealed `tool_payloads` holds: arguments and results as JSON text, apart from the words for retention. */
const toolPayloadsSchema = z.array(toolCallSchema)

export type StoredToolCall = z.infer<typeof toolCallSchema>

export function sealTurnText(key: UserContentKey, turnId: Uuid, text: string): SealedContent {
  return key.seal({ table: 'turns', column: 'content', rowId: turnId }, JSON.stringify({ text }))
}

export function openTurnText(
  key: UserContentKey,
  turnId: Uuid,
  sealed: SealedContent | null,
  purpose: ContentPurpose,
): string {
  if (sealed === null) return ''
  return contentSchema.parse(
    JSON.parse(key.open({ table: 'turns', column: 'content', rowId: turnId }, sealed, purpose)),
  ).text
}

export function sealToolCalls(
  key: UserContentKey,
  turnId: Uuid,
  calls: readonly StoredToolCall[],
): SealedContent | null {
  if (calls.length === 0) return null
  return key.seal({ table: 'turns', column: 'tool_payloads', rowId: turnId }, JSON.stringify(calls))
}

export function openToolCalls(
  key: UserContentKey,
  turnId: Uuid,
  sealed: SealedContent | null,
  purpose: ContentPurpose,
): readonly StoredToolCall[] {
  if (sealed === null) return []
  const text = key.open({ table: 'turns', column: 'tool_payloads', rowId: turnId }, sealed, purpose)
  return toolPayloadsSchema.parse(JSON.parse(text))
}
