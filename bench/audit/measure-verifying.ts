import { generateKeyPairSync } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { encodeId } from '@hyponema/contract'
import { linesOfFile } from '../../packages/server/src/commands/lines-of-file.ts'
import { renderOrigin, verifyExport } from '../../packages/server/src/features/audit/public.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { renderCheckpoint } from '../../packages/server/src/platform/crypto/checkpoint.ts'
import { createEvidenceSigner } from '../../packages/server/src/platform/crypto/evidence-signer.ts'
import { merkleLeaf } from '../../packages/server/src/platform/crypto/merkle-leaf.ts'
import {
  edgeRoot,
  growTiles,
  partialTiles,
  type TileEdge,
} from '../../packages/server/src/platform/crypto/merkle-tiles.ts'

/** Seconds in which an export of this many events is verified, beside reading the file alone. */
export async function measureVerifying(
  events: number,
): Promise<{ readonly seconds: number; readonly readSeconds: number; readonly bytes: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'hyponema-bench-'))
  try {
    const file = join(folder, 'export.ndjson')
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const signer = createEvidenceSigner({
      active: { id: 'evi-1', privateKey },
      publicKeys: new Map([['evi-1', publicKey]]),
    })
    const name = renderOrigin(idMaker(systemClock)())
    await pipeline(
      Readable.from(exportLines(events, name, (text) => signer.signNote(name, text))),
      createWriteStream(file),
    )
    const readSeconds = await timed(async () => {
      for await (const line of linesOfFile(file)) if (line === '') throw new Error('an empty line')
    })
    const seconds = await timed(async () => {
      const { findings, events: found } = await verifyExport(linesOfFile(file), { keys: [{ name, publicKey }] })
      if (findings.length > 0 || found !== events) throw new Error(findings[0]?.message ?? `${found} events`)
    })
    return { seconds, readSeconds, bytes: (await stat(file)).size }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return (performance.now() - startedMs) / 1000
}

function* exportLines(events: number, origin: string, sign: (text: string) => string): Generator<string> {
  const newId = idMaker(systemClock)
  const line = (value: object): string => `${JSON.stringify(value)}\n`
  const exportedAt = new Date().toISOString()
  yield line({
    kind: 'header',
    format: 'hyponema-audit-export/1',
    origin,
    size: events,
    exported_at: exportedAt,
    bodies_since: '2020-01-01T00:00:00.000Z',
  })
  let edge: TileEdge = []
  const tiles: string[] = []
  const keep = ({ level, index, hashes }: { level: number; index: number; hashes: readonly Buffer[] }): void => {
    tiles.push(line({ kind: 'tile', level, index, hashes: Buffer.concat(hashes).toString('base64') }))
  }
  for (let sequence = 0; sequence < events; sequence += 1) {
    const id = encodeId('auditEvent', newId())
    const body = JSON.stringify({
      action: 'agent.published',
      after: { text: 'x'.repeat(250) },
      id,
      occurred_at: exportedAt,
    })
    const leaf = merkleLeaf(Buffer.from(body))
    const grown = growTiles(edge, { size: sequence, leaves: [leaf] })
    edge = grown.edge
    for (const tile of grown.full) keep(tile)
    yield line({ kind: 'event', sequence, event_id: id, leaf_hash: leaf.toString('hex'), body })
  }
  for (const tile of partialTiles(edge, events)) keep(tile)
  yield* tiles
  yield line({ kind: 'checkpoint', note: sign(renderCheckpoint({ origin, size: events, root: edgeRoot(edge) })) })
}
