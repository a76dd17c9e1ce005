import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { splitHashes, tilePath, tileWidth } from '../../platform/crypto/merkle-tiles.ts'
import { merkleNode, merkleRoot, type SubtreeRoot } from '../../platform/crypto/merkle-tree.ts'
import type { LogStore } from '../../platform/objects/log-store.ts'
import { readTile, type TilePlace } from './read-tile.ts'

/** Reads roots of subtrees from the tiles of a log of `size`. Nothing vouches for a tile: what is made of it is verified. */
export function readTiles(logs: LogStore, { workspaceId, size }: { workspaceId: Uuid; size: number }): SubtreeRoot {
  const known = new Map<string, Promise<readonly Buffer[]>>()
  const tile = (level: number, index: number): Promise<readonly Buffer[]> => {
    const width = Math.min(tileWidth, Math.floor(size / tileWidth ** level) - index * tileWidth)
    const place = `${level} ${index}`
    const found = known.get(place) ?? wholeTile(logs, { workspaceId, level, index, width })
    known.set(place, found)
    return found
  }
  const rootOf = async (start: number, end: number): Promise<Buffer> => {
    const count = end - start
    const power = Math.floor(Math.log2(count))
    if (2 ** power !== count) {
      const split = start + 2 ** power
      return merkleNode(await rootOf(start, split), await rootOf(split, end))
    }
    const level = Math.floor(power / 8)
    const span = tileWidth ** level
    const first = start / span
    const hashes = await tile(level, Math.floor(first / tileWidth))
    return merkleRoot(hashes.slice(first % tileWidth, (first % tileWidth) + count / span))
  }
  return rootOf
}

async function wholeTile(logs: LogStore, { workspaceId, ...tile }: TilePlace): Promise<readonly Buffer[]> {
  const bytes = await readTile(logs, { workspaceId, ...tile })
  if (bytes === undefined)
    throw new AppError(
      'audit.history_differs',
      `${tilePath(tile)} of the log of ${workspaceId} is missing or has another size`,
    )
  return splitHashes(bytes)
}
