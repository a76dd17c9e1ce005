import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { splitHashes, tilePath, tileWidth } from '../../platform/crypto/merkle-tiles.ts'
import { merkleNode, merkleRoot, type SubtreeRoot } from '../../platform/crypto/merkle-tree.ts'
import type { LogStore } from '../../platform/objects/log-store.ts'

/** Reads roots of subtrees from the tiles of a log of `size`. Nothing vouches for a tile: what is made of it is verified. */
export function readTiles(logs: LogStore, { workspaceId, size }: { workspaceId: Uuid; size: number }): SubtreeRoot {
  const known = new Map<string, Promise<readonly Buffer[]>>()
  const tile = (level: number, index: number): Promise<readonly Buffer[]> => {
    const width = Math.min(tileWidth, Math.floor(size / tileWidth ** level) - index * tileWidth)
    const path = tilePath({ level, index, width })
    const found = known.get(path) ?? readTile(logs, { workspaceId, path, width })
    known.set(path, found)
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

async function readTile(
  logs: LogStore,
  { workspaceId, path, width }: { workspaceId: Uuid; path: string; width: number },
): Promise<readonly Buffer[]> {
  const bytes = await logs.get(workspaceId, path)
  const hashes = bytes === undefined || bytes.length % 32 !== 0 ? [] : splitHashes(bytes)
  if (hashes.length !== width)
    throw new AppError('audit.history_differs', `${path} of the log of ${workspaceId} is missing or has another size`)
  return hashes
}
