import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import {
  checkDocument,
  createKnowledge,
  findKnowledge,
  type KnowledgeRow,
  listKnowledge,
  runSourceNow,
  writeObject,
} from '../features/knowledge/public.ts'
import { type AuditedTransaction, auditedTransaction } from '../guards/audited-transaction.ts'
import { createContentKeys } from '../guards/content-keys.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { sha256 } from '../platform/crypto/sha256.ts'
import { parseDocument } from '../platform/documents/parse-document.ts'
import type { Installation } from './open-installation.ts'

const name = 'handbook.md'
/** Two pages are read in a fraction of a second; a start does not wait longer for a demo. */
const readyTimeoutMs = 15_000
const lookEveryMs = 25

/**
 * The source that holds the handbook: the one that is there already, or it is sent as anybody sends a file, and read as the worker
 * reads it. Resolves when it can be searched; undefined where it cannot.
 */
export async function takeInHandbook(
  parts: { readonly installation: Installation; readonly act: AuditedTransaction; readonly path: string },
  onError: (error: unknown) => void,
): Promise<Uuid | undefined> {
  const { act, installation, path } = parts
  const bytes = await readFile(path)
  const digest = sha256(bytes)
  const known = await act.database.withWorkspace(act.scope, (tx) =>
    listKnowledge(tx, { cursor: undefined, limit: 100 }),
  )
  const same = known.find((source) => source.name === name && source.contentSha256.equals(digest))
  if (same?.state === 'ready') return same.id
  const id = same?.id ?? (await send(parts, bytes, digest))
  const ending = AbortSignal.timeout(readyTimeoutMs)
  await runSourceNow(
    {
      ...objectParts(installation, act),
      withWorkspace: installation.database.workerWithWorkspace,
      parse: parseDocument,
      clock: act.clock,
      newId: act.newId,
      onError,
      reportMs: readyTimeoutMs,
    },
    { scope: act.scope, id, signal: ending },
  )
  return (await untilRead(act, id, ending)) === 'ready' ? id : undefined
}

async function send({ installation, act }: Parameters<typeof takeInHandbook>[0], bytes: Buffer, digest: Buffer) {
  const id = act.newId()
  const mediaType = await checkDocument({ bytes, name, declaredType: undefined }, '')
  const { scope, principal, clock } = act
  const place = { scope, id }
  await writeObject({ ...objectParts(installation, act), withWorkspace: act.database.withWorkspace }, place, bytes)
  const source = { id, name, sourceType: 'file', mediaType, language: 'en' } as const
  return auditedTransaction(act, (tx) =>
    createKnowledge(tx, { source: { ...source, byteCount: bytes.byteLength, sha256: digest }, principal, clock }),
  )
}

function objectParts({ keyring, objects }: Installation, { newId }: AuditedTransaction) {
  return { objects, contentKeys: createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId }) }
}

/** A worker may have taken it over. */
async function untilRead(
  { database, scope }: AuditedTransaction,
  id: Uuid,
  ending: AbortSignal,
): Promise<KnowledgeRow['state'] | undefined> {
  for (;;) {
    const state = (await database.withWorkspace(scope, (tx) => findKnowledge(tx, id)))?.state
    if (ending.aborted || (state !== 'queued' && state !== 'processing')) return state
    await wait(lookEveryMs)
  }
}
