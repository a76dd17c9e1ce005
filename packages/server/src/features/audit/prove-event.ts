import type { auditCheckpointSchema, auditProofSchema, Uuid } from '@hyponema/contract'
import { encodeId } from '@hyponema/contract'
import type { z } from 'zod'
import { AppError } from '../../kernel/app-error.ts'
import { notFound } from '../../kernel/path-id.ts'
import { readCheckpoint } from '../../platform/crypto/checkpoint.ts'
import type { EvidenceSigner } from '../../platform/crypto/evidence-signer.ts'
import {
  consistencyProof,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from '../../platform/crypto/merkle-tree.ts'
import { renderVerifierKey, verifyNote } from '../../platform/crypto/signed-note.ts'
import type { LogStore } from '../../platform/objects/log-store.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { readTiles } from './read-tiles.ts'
import { renderOrigin } from './render-origin.ts'
import { findHead, findSeal, hasEvent } from './store.ts'

export type ProofParts = { readonly logs: LogStore; readonly evidence: EvidenceSigner }

/**
 * That an event stands in the tree of the newest checkpoint. What is answered has been verified. Throws `request.not_found`,
 * `audit.not_sealed`, or `audit.history_differs` where the tiles do not lead to the signed root.
 */
export async function proveEvent(
  parts: ProofParts,
  tx: WorkspaceTx,
  eventId: Uuid,
): Promise<z.infer<typeof auditProofSchema>> {
  const seal = await findSeal(tx, eventId)
  if (seal === undefined && !(await hasEvent(tx, eventId))) throw notFound('audit event')
  const newest = await findNewest(parts, tx)
  if (seal === undefined || newest === undefined || seal.sequence >= newest.size)
    throw new AppError('audit.not_sealed', `event ${eventId} is not in the tree of a checkpoint`)
  const { size, root, signed } = newest
  const { sequence, leafHash } = seal
  const rootOf = readTiles(parts.logs, { workspaceId: tx.workspaceId, size })
  const proof = await inclusionProof(sequence, size, rootOf)
  if (!verifyInclusion({ index: sequence, size, leafHash, root, proof }))
    throw new AppError('audit.history_differs', `event ${eventId} does not lead to the root of its checkpoint`)
  return {
    event_id: encodeId('auditEvent', eventId),
    sequence,
    size,
    leaf_hash: leafHash.toString('hex'),
    root: root.toString('hex'),
    proof: proof.map((hash) => hash.toString('hex')),
    ...signed,
  }
}

/** The newest checkpoint, and that it continues the tree of `since` leaves. */
export async function proveGrowth(
  parts: ProofParts,
  tx: WorkspaceTx,
  since: number | undefined,
): Promise<z.infer<typeof auditCheckpointSchema>> {
  const newest = await findNewest(parts, tx)
  if (newest === undefined) throw new AppError('audit.not_sealed', 'the log has no checkpoint yet')
  const { size, root, signedAt, signed } = newest
  if (since !== undefined && since > size)
    throw new AppError('audit.checkpoint_unknown', `the newest checkpoint is of ${size} events`)
  const answer = { size, root: root.toString('hex'), signed_at: signedAt.toISOString(), ...signed }
  if (since === undefined) return { ...answer, proof: null }
  const rootOf = readTiles(parts.logs, { workspaceId: tx.workspaceId, size })
  const proof = await consistencyProof(since, size, rootOf)
  const older = { size: since, root: since === size ? root : await rootOf(0, since) }
  if (!verifyConsistency({ older, newer: { size, root }, proof }))
    throw new AppError('audit.history_differs', `the tiles do not lead to the root of the checkpoint of ${size}`)
  return { ...answer, proof: proof.map((hash) => hash.toString('hex')) }
}

/** What the row says was signed, after its signature was looked at. */
async function findNewest({ evidence }: ProofParts, tx: WorkspaceTx) {
  const head = await findHead(tx)
  if (head?.note == null || head.notedAt === null) return undefined
  const name = renderOrigin(tx.workspaceId)
  const checkpoint = readCheckpoint(head.note)
  const key = [...evidence.publicKeys.values()].find((publicKey) => verifyNote(head.note ?? '', { name, publicKey }))
  if (checkpoint === undefined || key === undefined || checkpoint.origin !== name)
    throw new AppError('audit.history_differs', `the checkpoint of ${name} is not signed by a key of this installation`)
  return {
    size: checkpoint.size,
    root: checkpoint.root,
    signedAt: head.notedAt,
    signed: { checkpoint: head.note, verifier_key: renderVerifierKey(name, key) },
  }
}
