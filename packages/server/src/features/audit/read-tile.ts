import type { Uuid } from '@hyponema/contract'
import { tilePath, tileWidth } from '../../platform/crypto/merkle-tiles.ts'
import { hashBytes } from '../../platform/crypto/merkle-tree.ts'
import type { LogStore } from '../../platform/objects/log-store.ts'

export type TilePlace = {
  readonly workspaceId: Uuid
  readonly level: number
  readonly index: number
  readonly width: number
}

/**
 * The bytes of a tile of that width. A partial one leaves when the full one has come, which begins with the same hashes (C2SP
 * tlog-tiles); so the log may grow while an older tree of it is read. Undefined where there is none of that width.
 */
export async function readTile(logs: LogStore, { workspaceId, ...tile }: TilePlace): Promise<Buffer | undefined> {
  const wanted = tile.width * hashBytes
  const exact = await logs.get(workspaceId, tilePath(tile))
  if (exact !== undefined) return exact.length === wanted ? exact : undefined
  if (tile.width === tileWidth) return undefined
  const full = await logs.get(workspaceId, tilePath({ ...tile, width: tileWidth }))
  return full?.length === tileWidth * hashBytes ? full.subarray(0, wanted) : undefined
}
