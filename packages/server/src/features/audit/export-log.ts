/**
 * The whole log of a workspace as lines of JSON, for `hyponema audit verify` and other readers (docs/audit.md has the format):
 * a header, one line for each sealed event in the order of its number, events that no checkpoint covers yet, the tiles, and
 * last the checkpoint. Read in pages, so that its size does not matter.
 */
import { encodeId } from '@hyponema/contract'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { tileWidth } from '../../platform/crypto/merkle-tiles.ts'
import type { LogStore } from '../../platform/objects/log-store.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'
import { exportFormat } from './read-export.ts'
import { readTile } from './read-tile.ts'
import { renderOrigin } from './render-origin.ts'
import { findHead, findOldestMonth, listSealedEvents, listUncovered } from './store.ts'

export type ExportParts = { readonly withWorkspace: WithWorkspace; readonly logs: LogStore; readonly now: () => Date }

const rowsPerPage = 1_000
/** More than these wait for the sealer only when it has stood still, which posture says. */
const mostUncovered = 10_000

export async function* exportLog(parts: ExportParts, scope: WorkspaceScope): AsyncGenerator<string> {
  const { withWorkspace, logs, now } = parts
  const { head, month, uncovered } = await withWorkspace(scope, async (tx) => {
    const found = await findHead(tx)
    return {
      head: found,
      month: await findOldestMonth(tx),
      uncovered: await listUncovered(tx, { size: found?.noteSize ?? 0, limit: mostUncovered }),
    }
  })
  const size = head?.noteSize ?? 0
  yield line({
    kind: 'header',
    format: exportFormat,
    origin: renderOrigin(scope.workspaceId),
    size,
    exported_at: now().toISOString(),
    bodies_since: month === undefined ? null : `${month}-01T00:00:00.000Z`,
  })
  for (let from = 0; from < size; from += rowsPerPage) {
    const to = Math.min(from + rowsPerPage, size)
    const rows = await withWorkspace(scope, (tx) => listSealedEvents(tx, { from, to }))
    yield rows
      .map(({ sequence, eventId, leafHash, canonical }) =>
        line({
          kind: 'event',
          sequence,
          event_id: encodeId('auditEvent', eventId),
          leaf_hash: leafHash.toString('hex'),
          body: canonical === null ? null : canonical.toString('utf8'),
        }),
      )
      .join('')
  }
  for (const { eventId, canonical } of uncovered)
    yield line({ kind: 'uncovered', event_id: encodeId('auditEvent', eventId), body: canonical.toString('utf8') })
  yield* exportTiles(logs, scope, size)
  if (head?.note != null) yield line({ kind: 'checkpoint', note: head.note })
}

async function* exportTiles(logs: LogStore, { workspaceId }: WorkspaceScope, size: number): AsyncGenerator<string> {
  for (let level = 0; tileWidth ** level <= size; level += 1) {
    const hashes = Math.floor(size / tileWidth ** level)
    for (let index = 0; index * tileWidth < hashes; index += 1) {
      const width = Math.min(tileWidth, hashes - index * tileWidth)
      const bytes = await readTile(logs, { workspaceId, level, index, width })
      yield line({ kind: 'tile', level, index, hashes: bytes === undefined ? null : bytes.toString('base64') })
    }
  }
}

function line(value: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(value)}\n`
}
