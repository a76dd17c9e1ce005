import { generateKeyPairSync } from 'node:crypto'
import { encodeId, makeUuidV7 } from '@hyponema/contract'
import { renderCheckpoint } from '../../packages/server/src/platform/crypto/checkpoint.ts'
import { createEvidenceSigner } from '../../packages/server/src/platform/crypto/evidence-signer.ts'
import { merkleLeaf } from '../../packages/server/src/platform/crypto/merkle-leaf.ts'
import {
  edgeRoot,
  growTiles,
  partialTiles,
  type Tile,
  type TileEdge,
} from '../../packages/server/src/platform/crypto/merkle-tiles.ts'
import { renderVerifierKey } from '../../packages/server/src/platform/crypto/signed-note.ts'

export type MadeExport = {
  readonly lines: readonly string[]
  readonly note: string
  readonly verifierKey: string
}

const origin = 'hyponema-audit/wsp_01jd3v7t6zf3m8k2x9w4c5b6n7'
const exportedAt = '2026-12-01T08:00:00.000Z'
const since = '2026-11-01T00:00:00.000Z'
const dayMs = 24 * 60 * 60 * 1000

/** Makes exports of one key without a server: a day between two events, the bodies before November dropped, the last one fresh. */
export function exportMaker(): (events: number) => MadeExport {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const signer = createEvidenceSigner({
    active: { id: 'evi-1', privateKey },
    publicKeys: new Map([['evi-1', publicKey]]),
  })
  return (events) => {
    const lines: object[] = [
      {
        kind: 'header',
        format: 'hyponema-audit-export/1',
        origin,
        size: events,
        exported_at: exportedAt,
        bodies_since: since,
      },
    ]
    const tiles: object[] = []
    const keep = ({ level, index, hashes }: Tile) =>
      tiles.push({ kind: 'tile', level, index, hashes: Buffer.concat(hashes).toString('base64') })
    let edge: TileEdge = []
    for (let sequence = 0; sequence < events; sequence += 1) {
      const atMs = Date.parse(exportedAt) - (events - sequence) * dayMs
      const { id, body } = made(atMs, sequence)
      const leaf = merkleLeaf(Buffer.from(body))
      const grown = growTiles(edge, { size: sequence, leaves: [leaf] })
      edge = grown.edge
      for (const tile of grown.full) keep(tile)
      const kept = atMs < Date.parse(since) ? null : body
      lines.push({ kind: 'event', sequence, event_id: id, leaf_hash: leaf.toString('hex'), body: kept })
    }
    const fresh = made(Date.parse(exportedAt), events)
    lines.push({ kind: 'uncovered', event_id: fresh.id, body: fresh.body })
    for (const tile of partialTiles(edge, events)) keep(tile)
    const note = signer.signNote(origin, renderCheckpoint({ origin, size: events, root: edgeRoot(edge) }))
    return {
      lines: [...lines, ...tiles, { kind: 'checkpoint', note }].map((line) => JSON.stringify(line)),
      note,
      verifierKey: renderVerifierKey(origin, publicKey),
    }
  }
}

function made(atMs: number, sequence: number): { readonly id: string; readonly body: string } {
  const id = encodeId('auditEvent', makeUuidV7(atMs, Buffer.alloc(10, sequence)))
  // What ends no line of JSON, though some readers think so.
  const body = `{"action":"agent.changed","after":{"name":"a\u2028b\u2029c\u0085d ${sequence}"},"id":"${id}"}`
  return { id, body }
}
