import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeEdge,
  edgeRoot,
  encodeEdge,
  growTiles,
  partialTiles,
  type Tile,
  type TileEdge,
  tilePath,
} from './merkle-tiles.ts'
import { merkleRoot } from './merkle-tree.ts'

const leaves = Array.from({ length: 256 * 256 + 600 }, (_, index) => hash('sha256', String(index), 'buffer'))

describe('the tiles of a tree that grows', () => {
  test('have the root of all leaves, however they arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 6 }), (batches) => {
        let edge: TileEdge = []
        let size = 0
        for (const count of batches) {
          edge = decodeEdge(encodeEdge(growTiles(edge, { size, leaves: leaves.slice(size, size + count) }).edge))
          size += count
          expect(edgeRoot(edge)).toEqual(merkleRoot(leaves.slice(0, size)))
        }
      }),
      { numRuns: 30 },
    )
  })

  test('hold each leaf once, and above them the roots of full tiles', () => {
    const size = leaves.length
    const { edge, full } = growTiles([], { size: 0, leaves })
    const all: readonly Tile[] = [...full, ...partialTiles(edge, size)]
    const level = (wanted: number) =>
      all.filter((tile) => tile.level === wanted).sort((one, other) => one.index - other.index)
    expect(level(0).flatMap(({ hashes }) => hashes)).toEqual(leaves)
    expect(level(1).flatMap(({ hashes }) => hashes)).toEqual(
      level(0)
        .filter(({ hashes }) => hashes.length === 256)
        .map(({ hashes }) => merkleRoot(hashes)),
    )
    expect(level(2)).toHaveLength(1)
    expect(all.map(({ level: at, index }) => `${at} ${index}`)).toHaveLength(new Set(all).size)
    expect(edgeRoot(edge)).toEqual(merkleRoot(leaves))
  })

  test('lie where the specification says', () => {
    expect(tilePath({ level: 0, index: 0, width: 256 })).toBe('tile/0/000')
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: 2, index: 1000, width: 8 })).toBe('tile/2/x001/000.p/8')
  })

  test('refuse an edge that is cut off', () => {
    const edge = encodeEdge([[leaves[0] ?? Buffer.alloc(32)]])
    expect(() => decodeEdge(edge.subarray(0, 20))).toThrow(TypeError)
  })
})
