/**
 * The hashes of a growing tree as tiles of 256 (C2SP tlog-tiles): tile (0, n) holds the leaf hashes from 256 n on, tile (1, n) the
 * roots of full tiles of level 0, and so on. What grows is only the edge: the one tile of each level that is not full.
 */
import { hashBytes, merkleRoot } from './merkle-tree.ts'

export const tileWidth = 256

/** The hashes of the tile of each level that is not full yet; at most 255 each. */
export type TileEdge = readonly (readonly Buffer[])[]

export type Tile = {
  readonly level: number
  readonly index: number
  /** 1..256; fewer than 256 is a partial tile. */
  readonly hashes: readonly Buffer[]
}

/** `tile/0/x001/067`, with `.p/<width>` where it is partial. */
export function tilePath({ level, index, width }: { level: number; index: number; width: number }): string {
  const parts: string[] = []
  let rest = index
  do {
    parts.unshift(`${parts.length === 0 ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`)
    rest = Math.floor(rest / 1000)
  } while (rest > 0)
  return `tile/${level}/${parts.join('/')}${width === tileWidth ? '' : `.p/${width}`}`
}

/** Adds leaves to the right end of a tree of `size`. Returns the new edge and every tile that has become full. */
export function growTiles(
  edge: TileEdge,
  { size, leaves }: { readonly size: number; readonly leaves: readonly Buffer[] },
): { readonly edge: TileEdge; readonly full: readonly Tile[] } {
  const grown = edge.map((hashes) => [...hashes])
  const full: Tile[] = []
  const add = (level: number, index: number, hash: Buffer): void => {
    const tile = (grown[level] ??= [])
    tile.push(hash)
    if (tile.length < tileWidth) return
    const hashes = tile.splice(0)
    const tileIndex = Math.floor(index / tileWidth)
    full.push({ level, index: tileIndex, hashes })
    add(level + 1, tileIndex, merkleRoot(hashes))
  }
  for (const [offset, leaf] of leaves.entries()) add(0, size + offset, leaf)
  return { edge: grown, full }
}

/** The partial tiles of a tree of `size`, whose edge this is. */
export function partialTiles(edge: TileEdge, size: number): readonly Tile[] {
  return edge.flatMap((hashes, level) =>
    hashes.length === 0 ? [] : [{ level, index: Math.floor(size / tileWidth ** (level + 1)), hashes }],
  )
}

/** The root of the tree whose edge this is: each level's root is the ragged last hash of the level above. */
export function edgeRoot(edge: TileEdge): Buffer {
  let ragged: readonly Buffer[] = []
  for (const hashes of edge) {
    const level = [...hashes, ...ragged]
    ragged = level.length === 0 ? [] : [merkleRoot(level)]
  }
  return merkleRoot(ragged)
}

/** One byte with the number of hashes, then these, level by level. */
export function encodeEdge(edge: TileEdge): Buffer {
  return Buffer.concat(edge.flatMap((hashes) => [Buffer.of(hashes.length), ...hashes]))
}

/** Throws a TypeError for what `encodeEdge` did not make. */
export function decodeEdge(bytes: Uint8Array): TileEdge {
  const edge: Buffer[][] = []
  let at = 0
  while (at < bytes.length) {
    const count = bytes[at] ?? 0
    const end = at + 1 + count * hashBytes
    if (end > bytes.length) throw new TypeError('the edge of a tree is cut off')
    edge.push(splitHashes(bytes.subarray(at + 1, end)))
    at = end
  }
  return edge
}

/** The hashes of a tile as they lie in its file. Throws a TypeError where the length is not a number of hashes. */
export function splitHashes(bytes: Uint8Array): Buffer[] {
  if (bytes.length % hashBytes !== 0) throw new TypeError('a tile is no list of hashes')
  return Array.from({ length: bytes.length / hashBytes }, (_, index) =>
    Buffer.from(bytes.subarray(index * hashBytes, (index + 1) * hashBytes)),
  )
}
