import type { Checkpoint } from '../../platform/crypto/checkpoint.ts'
import { edgeRoot, partialTiles, splitHashes, tileWidth } from '../../platform/crypto/merkle-tiles.ts'
import { merkleRoot } from '../../platform/crypto/merkle-tree.ts'

export type TileLine = { readonly level: number; readonly index: number; readonly hashes: string | null }

type Hashes = readonly Buffer[]

/**
 * Follows the tiles from the signed root down to the leaves. What leads there is authentic; what does not is named, and what lies
 * below it says nothing.
 */
export function findTileFaults(
  tiles: readonly TileLine[],
  { size, root }: Checkpoint,
): { readonly faults: readonly string[]; readonly authentic: readonly { index: number; hash: Buffer }[] } {
  const faults: string[] = []
  const found = new Map<string, Hashes>()
  const named = new Set(tiles.map(({ level, index }) => `${level} ${index}`))
  for (const { level, index, hashes } of tiles) {
    const bytes = Buffer.from(hashes ?? '', 'base64')
    const width = Math.min(tileWidth, Math.floor(size / tileWidth ** level) - index * tileWidth)
    const place = `${level} ${index}`
    if (found.has(place)) faults.push(`tile ${level}/${index} stands here twice`)
    else if (hashes !== null && width > 0 && bytes.length === width * 32) found.set(place, splitHashes(bytes))
    else faults.push(`tile ${level}/${index} is missing or has another size`)
  }
  const levels: number[] = []
  for (let level = 0; tileWidth ** level <= size; level += 1) levels.push(level)
  const edge = levels.map((level) => {
    const count = Math.floor(size / tileWidth ** level)
    return count % tileWidth === 0 ? [] : (found.get(`${level} ${Math.floor(count / tileWidth)}`) ?? [])
  })
  if (size > 0 && !edgeRoot(edge).equals(root)) {
    faults.push('the tiles at the right edge do not lead to the root that the checkpoint signs')
    return { faults, authentic: [] }
  }
  const trusted = [...partialTiles(edge, size)]
  const leaves: { index: number; hash: Buffer }[] = []
  for (let tile = trusted.pop(); tile !== undefined; tile = trusted.pop()) {
    const { level, index, hashes } = tile
    for (const [offset, hash] of hashes.entries()) {
      const at = index * tileWidth + offset
      if (level === 0) {
        leaves.push({ index: at, hash })
        continue
      }
      const below = found.get(`${level - 1} ${at}`)
      if (below !== undefined && merkleRoot(below).equals(hash))
        trusted.push({ level: level - 1, index: at, hashes: below })
      else if (below !== undefined) faults.push(`tile ${level - 1}/${at} is not the one that the checkpoint covers`)
      else if (!named.has(`${level - 1} ${at}`)) faults.push(`tile ${level - 1}/${at} is missing`)
    }
  }
  return { faults, authentic: leaves }
}
