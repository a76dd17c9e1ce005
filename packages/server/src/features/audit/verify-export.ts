/**
 * Reads an export again, with no database and no trust in who made it, and names what is not as the signed checkpoint says
 * (evidence-and-privacy 1). What is claimed: whoever kept an earlier checkpoint detects every later change to what it covered.
 */
import type { KeyObject } from 'node:crypto'
import { decodeId, type Uuid, uuidTimeMs } from '@hyponema/contract'
import { type Checkpoint, readCheckpoint } from '../../platform/crypto/checkpoint.ts'
import { LeafList } from '../../platform/crypto/leaf-list.ts'
import { merkleLeaf } from '../../platform/crypto/merkle-leaf.ts'
import { verifyNote } from '../../platform/crypto/signed-note.ts'
import { findTileFaults, type TileLine } from './find-tile-faults.ts'
import { type ExportLine, readExportLine } from './read-export.ts'

export type Finding = {
  readonly kind: 'altered' | 'removed' | 'added' | 'moved' | 'rewritten' | 'unsigned' | 'damaged'
  readonly message: string
}

export type Verification = {
  readonly findings: readonly Finding[]
  /** Of the newest checkpoint; undefined where there is none that is signed. */
  readonly checkpoint: Checkpoint | undefined
  readonly events: number
  /** Events whose bodies are no longer kept; their places in the tree are verified. */
  readonly withoutBody: number
  /** Events that happened after the checkpoint. */
  readonly uncovered: number
  /** The size up to which an earlier anchor was shown to be the beginning of this log. */
  readonly anchoredTo: number | undefined
}

export type VerifierKey = { readonly name: string; readonly publicKey: KeyObject }

/** What was kept from before: a checkpoint, or a whole earlier export, which says also which event was changed. */
export type Anchor = { readonly note: string; readonly leaves: LeafList | undefined }

/** The sealer needs a second; what has waited longer than this was not written as events are. */
const lagMs = 60_000

export async function verifyExport(
  lines: AsyncIterable<string>,
  { keys, anchor }: { readonly keys: readonly VerifierKey[]; readonly anchor?: Anchor | undefined },
): Promise<Verification> {
  const reading = new Reading()
  for await (const text of lines) if (text !== '') reading.take(readExportLine(text), text)
  return judge(reading, { keys, anchor })
}

/** What an anchor needs of an earlier export: its checkpoint and its leaves. Undefined where it has no checkpoint. */
export async function readAnchor(lines: AsyncIterable<string>): Promise<Anchor | undefined> {
  const leaves = new LeafList()
  let note: string | undefined
  for await (const text of lines) {
    const line = readExportLine(text)
    if (line?.kind === 'event') leaves.set(line.sequence, Buffer.from(line.leaf_hash, 'hex'), line.event_id)
    if (line?.kind === 'checkpoint') note = line.note
  }
  return note === undefined ? undefined : { note, leaves }
}

/** Takes the lines one by one; keeps leaf hashes and tiles, and of bodies nothing. */
class Reading {
  readonly findings: Finding[] = []
  readonly leaves = new LeafList()
  readonly tiles: TileLine[] = []
  header: Extract<ExportLine, { kind: 'header' }> | undefined
  note: string | undefined
  withoutBody = 0
  uncovered = 0
  #last = -1

  take(line: ExportLine | undefined, text: string): void {
    if (line === undefined) this.add('damaged', `not a line of an export: ${JSON.stringify(text.slice(0, 60))}`)
    else if (line.kind === 'event') this.#takeEvent(line)
    else if (line.kind === 'uncovered') this.#takeUncovered(line)
    else if (line.kind === 'tile') this.tiles.push(line)
    else if (line.kind === 'header') this.header = line
    else this.note = line.note
  }

  add(kind: Finding['kind'], message: string): void {
    this.findings.push({ kind, message })
  }

  #takeEvent({ sequence, event_id: id, leaf_hash: leaf, body }: Extract<ExportLine, { kind: 'event' }>): void {
    if (sequence < this.#last) this.add('moved', `event ${sequence} (${id}) stands behind event ${this.#last}`)
    this.#last = Math.max(this.#last, sequence)
    if (!this.leaves.set(sequence, Buffer.from(leaf, 'hex'), id)) {
      this.add('added', `a second event ${sequence} (${id})`)
      return
    }
    if (body === null) this.#takeBodyless(sequence, id)
    else if (merkleLeaf(Buffer.from(body)).toString('hex') !== leaf || !body.includes(`"id":"${id}"`))
      this.add('altered', `event ${sequence} (${id}): its body is not what was sealed`)
  }

  /** Whole months are dropped; a single body that is missing from one that is kept was taken out. */
  #takeBodyless(sequence: number, id: string): void {
    const uuid = decodeId('auditEvent', id)
    const since = this.header?.bodies_since
    const isKept = since !== null && since !== undefined && uuid !== undefined && timeOf(uuid) >= Date.parse(since)
    if (isKept || uuid === undefined) this.add('removed', `event ${sequence} (${id}): its body is missing`)
    else this.withoutBody += 1
  }

  #takeUncovered({ event_id: id, body }: Extract<ExportLine, { kind: 'uncovered' }>): void {
    this.uncovered += 1
    const uuid = decodeId('auditEvent', id)
    const exportedAt = Date.parse(this.header?.exported_at ?? '')
    if (uuid === undefined || !body.includes(`"id":"${id}"`) || timeOf(uuid) < exportedAt - lagMs)
      this.add('added', `event ${id} has no number in the tree, though it says that it is older than a minute`)
  }
}

const timeOf = (uuid: Uuid): number => uuidTimeMs(uuid)

function judge(
  reading: Reading,
  { keys, anchor }: { keys: readonly VerifierKey[]; anchor: Anchor | undefined },
): Verification {
  const { findings, leaves, header } = reading
  const checkpoint = readSigned(reading, { note: reading.note, keys, what: 'the checkpoint of this export' })
  if (header === undefined) reading.add('damaged', 'the header is missing')
  if (checkpoint !== undefined) {
    if (header !== undefined && (header.origin !== checkpoint.origin || header.size !== checkpoint.size))
      reading.add('damaged', `the header speaks of ${header.size} events of ${header.origin}, the checkpoint of others`)
    for (const missing of leaves.missingBelow(checkpoint.size)) reading.add('removed', `events ${missing} are missing`)
    for (const beyond of leaves.from(checkpoint.size))
      reading.add('added', `event ${beyond.index} (${beyond.id}) stands behind the last event of the checkpoint`)
    judgeLeaves(reading, checkpoint)
  }
  const anchoredTo = anchor === undefined ? undefined : judgeAnchor(reading, { anchor, keys, checkpoint })
  return {
    findings,
    checkpoint,
    events: leaves.size,
    withoutBody: reading.withoutBody,
    uncovered: reading.uncovered,
    anchoredTo,
  }
}

function readSigned(
  reading: Reading,
  { note, keys, what }: { note: string | undefined; keys: readonly VerifierKey[]; what: string },
): Checkpoint | undefined {
  const checkpoint = note === undefined ? undefined : readCheckpoint(note)
  if (note === undefined || checkpoint === undefined) {
    reading.add('unsigned', `${what} is missing or is none`)
    return undefined
  }
  const isSigned = keys.some((key) => key.name === checkpoint.origin && verifyNote(note, key))
  if (isSigned) return checkpoint
  reading.add('unsigned', `${what} is not signed by the given key for ${checkpoint.origin}`)
  return undefined
}

/** Where the leaves do not have the signed root, the tiles that lead to it say which of them are others. */
function judgeLeaves(reading: Reading, checkpoint: Checkpoint): void {
  const { leaves, tiles } = reading
  const root = leaves.rootOf(checkpoint.size)
  const { faults, authentic } = findTileFaults(tiles, checkpoint)
  for (const fault of faults) reading.add('damaged', fault)
  if (root?.equals(checkpoint.root) === true) return
  let named = 0
  for (const { index, hash } of authentic) {
    const found = leaves.get(index)
    if (found === undefined || found.hash.equals(hash)) continue
    named += 1
    const from = leaves.findOther(hash, index)
    const where = from === undefined ? '' : `; what belongs here stands at ${from}`
    reading.add(from === undefined ? 'altered' : 'moved', `event ${index} (${found.id}) is not what was sealed${where}`)
  }
  if (named === 0 && root !== undefined)
    reading.add('rewritten', `events 0 to ${checkpoint.size - 1} do not have the root that the checkpoint signs`)
}

function judgeAnchor(
  reading: Reading,
  { anchor, keys, checkpoint }: { anchor: Anchor; keys: readonly VerifierKey[]; checkpoint: Checkpoint | undefined },
): number | undefined {
  const older = readSigned(reading, { note: anchor.note, keys, what: 'the earlier checkpoint' })
  if (older === undefined) return undefined
  if (checkpoint !== undefined && older.origin !== checkpoint.origin) {
    reading.add('unsigned', `the earlier checkpoint is of ${older.origin}`)
    return undefined
  }
  const { leaves } = reading
  if (leaves.size < older.size) {
    reading.add('removed', `the earlier checkpoint covers ${older.size} events, and here are ${leaves.size}`)
    return undefined
  }
  if (leaves.rootOf(older.size)?.equals(older.root) === true) return older.size
  const changed = anchor.leaves === undefined ? [] : leaves.differences(anchor.leaves, older.size)
  for (const { index, id } of changed) reading.add('rewritten', `event ${index} (${id}) is another one than it was`)
  if (changed.length === 0)
    reading.add(
      'rewritten',
      `events 0 to ${older.size - 1} are not those that the earlier checkpoint covers; an earlier export given to --since says which`,
    )
  return undefined
}
