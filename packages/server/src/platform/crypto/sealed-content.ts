/**
 * Threat: the words of a person are read from the database, a backup or a dump, or moved to another person's row.
 * Rule: a `user_content` column holds only what `sealContent` made, under the data key of one user, bound to workspace,
 * user, table, column and row. There is no plain variant.
 * On failure: credential.sealed_unreadable; nothing is returned.
 */
import type { Brand, Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { type EnvelopeContext, openEnvelope, sealEnvelope } from './envelope.ts'
import type { Secret } from './secret.ts'

/** Bytes of a `user_content` column. Made by `sealContent` and read back by the database driver; nothing else is one. */
export type SealedContent = Brand<Buffer, 'SealedContent'>

/**
 * Why content is opened: `review`, `replay` and `export` are audited by the caller; `conversation` and `delivery` are
 * counted on the session and on the attempt (evidence-and-privacy 2). `processing` is the worker that reads a document which is
 * about nobody; that it does stands on the document.
 */
export type ContentPurpose = 'conversation' | 'delivery' | 'processing' | 'review' | 'replay' | 'export'

export type ContentPlace = {
  readonly workspaceId: Uuid
  /** The user whose key it is; for content about no user, the workspace's own id. */
  readonly ownerId: Uuid
  readonly table: string
  readonly column: string
  readonly rowId: Uuid
}

export function sealContent(key: Secret, place: ContentPlace, text: string): SealedContent {
  return sealContentBytes(key, place, Buffer.from(text, 'utf8'))
}

/** The same for what is no text: the caller's bytes are read and stay the caller's. */
export function sealContentBytes(key: Secret, place: ContentPlace, plain: Uint8Array): SealedContent {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of SealedContent
  return key.use((dataKey) => sealEnvelope({ dataKey, plain, context: context(place) })) as SealedContent
}

export function openContent(key: Secret, place: ContentPlace, sealed: SealedContent, purpose: ContentPurpose): string {
  const plain = openContentBytes(key, place, sealed, purpose)
  const text = plain.toString('utf8')
  plain.fill(0)
  return text
}

/** What was sealed as bytes. `sealed` may come from anywhere: what is not exactly as it was sealed does not open. */
export function openContentBytes(
  key: Secret,
  place: ContentPlace,
  sealed: Uint8Array,
  purpose: ContentPurpose,
): Buffer {
  const plain = key.use((dataKey) => openEnvelope({ dataKey, sealed, context: context(place) }))
  if (plain === undefined) {
    throw new AppError(
      'credential.sealed_unreadable',
      `${place.table}.${place.column} of row ${place.rowId} does not open for ${purpose}`,
    )
  }
  return plain
}

function context(place: ContentPlace): EnvelopeContext {
  return { purpose: 'user_content', parts: [place.workspaceId, place.ownerId, place.table, place.column, place.rowId] }
}
