/**
 * Threat: what a person said or did goes out after its erasure, or an event that merely does not open is told as erased.
 * Rule: the bytes that were recorded; where the key of its person is gone, a body without data; nothing else counts as erased.
 * On failure: the refusal of that one event, keyring.key_missing or credential.sealed_unreadable; the others are opened.
 */
import { encodeId, type Uuid } from '@hyponema/contract'
import type { ContentKey, ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** A row of the outbox, as far as its body needs it. */
export type StoredEvent = {
  readonly id: Uuid
  readonly type: string
  readonly userId: Uuid | null
  readonly createdAt: Date
  readonly body: SealedContent
}

/**
 * The bytes to deliver: those that were recorded, or, where the person's key is gone, a body that says that the event was
 * and nothing of what it told. Throws where it cannot be read for any other reason.
 */
export async function openEvent(tx: WorkspaceTx, event: StoredEvent, contentKeys: ContentKeys): Promise<Buffer> {
  const opened = (await openEvents(tx, [event], contentKeys)).get(event.id)
  if (opened === undefined) throw new AppError('server.internal', `event ${event.id} was not looked at`)
  if (opened instanceof AppError) throw opened
  return opened
}

/** The same for many at once, with one query for all of their keys. An event that cannot be read is its own refusal. */
export async function openEvents(
  tx: WorkspaceTx,
  events: readonly StoredEvent[],
  contentKeys: ContentKeys,
): Promise<ReadonlyMap<Uuid, Buffer | AppError>> {
  const ofUsers = await contentKeys.forUsers(
    tx,
    events.map(({ userId }) => userId),
  )
  // Where it is missing, the events of people go out all the same.
  const ofWorkspace = events.some(({ userId }) => userId === null)
    ? await orRefusal(() => contentKeys.forWorkspace(tx))
    : undefined
  const unwrap = ({ userId }: StoredEvent): ContentKey | undefined => {
    if (userId !== null) return ofUsers.get(userId)?.()
    if (ofWorkspace instanceof AppError) throw ofWorkspace
    return ofWorkspace
  }
  try {
    const opened = events.map(async (event) => [event.id, await orRefusal(() => bodyOf(event, unwrap))] as const)
    return new Map(await Promise.all(opened))
  } finally {
    if (!(ofWorkspace instanceof AppError)) ofWorkspace?.destroy()
  }
}

function bodyOf(event: StoredEvent, unwrap: (event: StoredEvent) => ContentKey | undefined): Buffer {
  const key = unwrap(event)
  if (key === undefined) return erasedBody(event)
  try {
    return Buffer.from(key.open({ table: 'outbox', column: 'body', rowId: event.id }, event.body, 'delivery'), 'utf8')
  } finally {
    // The workspace's serves the other events too.
    if (event.userId !== null) key.destroy()
  }
}

/** `erasedEventBodySchema` of the contract, from what the row itself says. */
function erasedBody({ id, type, createdAt }: StoredEvent): Buffer {
  const body = { id: encodeId('event', id), type, created_at: createdAt.toISOString(), data: null, erased: true }
  return Buffer.from(JSON.stringify(body), 'utf8')
}

async function orRefusal<T>(open: () => T | Promise<T>): Promise<T | AppError> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}
