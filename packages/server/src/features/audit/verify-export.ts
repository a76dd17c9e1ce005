/**
 * Reads an export again, with no database and no trust in who made it, and names what is not as the signed checkpoint says
 * (evidence-and-privacy 1). What is claimed: whoever kept an earlier checkpoint detects every later change to what it covered.
 */
import type { KeyObject } from 'node:crypto'
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
/** No transaction lasts so long that its event is numbered behind one of this much later. */
const lateMs = 3_600_000
const letters = '0123456789abcdefghjkmnpqrstvwxyz'
const idPattern = new RegExp(`^aud_[0-7][${letters}]{25}$`)
/** More names help nobody. */
const mostNamed = 100

export async function verifyExport(
  lines: AsyncIterable<string>,
  { keys, anchor }: { readonly keys: readonly VerifierKey[]; readonly anchor?: Anchor | undefined },
): Promise<Verification> {
  const reading = new Reading()
  for await (const text of lines) if (text !== '') reading.take(readExportLine(text), text)
  reading.finish()
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
  readonly uncoveredIds: string[] = []
  header: Extract<ExportLine, { kind: 'header' }> | undefined
  note: string | undefined
  withoutBody = 0
  #lines = 0
  #last = -1
  /** From when on bodies are kept; never, until the header has said it. */
  #sinceMs = Number.POSITIVE_INFINITY
  #newestKeptMs = 0
  #oldestKeptMs = Number.POSITIVE_INFINITY

  take(line: ExportLine | undefined, text: string): void {
    this.#lines += 1
    if (line === undefined) this.add('damaged', `not a line of an export: ${JSON.stringify(text.slice(0, 60))}`)
    else if (line.kind === 'event') this.#takeEvent(line)
    else if (line.kind === 'uncovered') this.#takeUncovered(line)
    else if (line.kind === 'tile') this.tiles.push(line)
    else if (line.kind === 'header') this.#takeHeader(line)
    else if (this.note === undefined) this.note = line.note
    else this.add('damaged', 'a second checkpoint')
  }

  add(kind: Finding['kind'], message: string): void {
    this.findings.push({ kind, message })
  }

  /** What only the whole says. */
  finish(): void {
    if (this.#oldestKeptMs < this.#sinceMs)
      this.add('damaged', 'the header says that bodies are kept from later on than they are')
    if (this.uncoveredIds.length === 0) return
    const sealed = this.leaves.ids()
    for (const id of this.uncoveredIds)
      if (sealed.has(id)) this.add('added', `event ${id} stands outside of the tree, too`)
  }

  #takeHeader(line: Extract<ExportLine, { kind: 'header' }>): void {
    if (this.#lines > 1) return this.add('damaged', 'a header that is not the first line')
    this.header = line
    if (line.bodies_since !== null) this.#sinceMs = Date.parse(line.bodies_since)
  }

  #takeEvent({ sequence, event_id: id, leaf_hash: leaf, body }: Extract<ExportLine, { kind: 'event' }>): void {
    if (sequence < this.#last) this.add('moved', `event ${sequence} (${id}) stands behind event ${this.#last}`)
    this.#last = Math.max(this.#last, sequence)
    if (!this.leaves.set(sequence, Buffer.from(leaf, 'hex'), id)) {
      this.add('added', `a second event ${sequence} (${id}), or one that is far from all others`)
      return
    }
    const atMs = timeOf(id)
    if (body === null) this.#takeBodyless(sequence, { id, atMs })
    else if (atMs === undefined || !isSealed(body, leaf) || !body.includes(`"id":"${id}"`))
      this.add('altered', `event ${sequence} (${id}): its body is not what was sealed`)
    else {
      this.#newestKeptMs = Math.max(this.#newestKeptMs, atMs)
      this.#oldestKeptMs = Math.min(this.#oldestKeptMs, atMs)
    }
  }

  /** Whole months are dropped from the beginning; a body that is missing from what is kept, or behind it, was taken out. */
  #takeBodyless(sequence: number, { id, atMs }: { id: string; atMs: number | undefined }): void {
    if (atMs === undefined || atMs >= this.#sinceMs || this.#newestKeptMs > this.#sinceMs + lateMs)
      this.add('removed', `event ${sequence} (${id}): its body is missing`)
    else this.withoutBody += 1
  }

  #takeUncovered({ event_id: id, body }: Extract<ExportLine, { kind: 'uncovered' }>): void {
    this.uncoveredIds.push(id)
    const atMs = timeOf(id)
    const exportedAt = Date.parse(this.header?.exported_at ?? '')
    if (atMs === undefined || !body.includes(`"id":"${id}"`) || !(atMs >= exportedAt - lagMs))
      this.add('added', `event ${id} has no number in the tree, though it says that it is older than a minute`)
  }
}

/** What is no text of Unicode is hashed as another text would be. */
const isSealed = (body: string, leaf: string): boolean =>
  body.isWellFormed() && merkleLeaf(Buffer.from(body)).toString('hex') === leaf

/** The milliseconds in an id of an event, by arithmetic alone, because there can be a million; undefined for what is none. */
function timeOf(id: string): number | undefined {
  if (!idPattern.test(id)) return undefined
  let ms = 0
  // 50 of its 130 bits: two that are always 0, and the 48 of the time.
  for (let at = 4; at < 14; at += 1) ms = ms * 32 + letters.indexOf(id.charAt(at))
  return ms
}

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
    uncovered: reading.uncoveredIds.length,
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
  const others = authentic
    .filter(({ index, hash }) => leaves.get(index)?.hash.equals(hash) === false)
    .sort((one, other) => one.index - other.index)
  const places = others.length === 0 ? new Map<string, number>() : leaves.places()
  for (const { index, hash } of others.slice(0, mostNamed)) {
    const from = places.get(hash.toString('hex'))
    const where = from === undefined ? '' : `; what belongs here stands at ${from}`
    reading.add(
      from === undefined ? 'altered' : 'moved',
      `event ${index} (${leaves.get(index)?.id}) is not what was sealed${where}`,
    )
  }
  if (others.length > mostNamed)
    reading.add('altered', `${others.length - mostNamed} more events are not what was sealed`)
  if (others.length === 0 && root !== undefined)
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
