import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { merkleLeaf } from './merkle-leaf.ts'
import {
  consistencyProof,
  emptyRoot,
  inclusionProof,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle-tree.ts'

/** The definitions of RFC 6962 section 2.1, word for word and slow. */
const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
function treeHash(data: readonly Buffer[]): Buffer {
  if (data.length === 0) return sha256()
  if (data.length === 1) return sha256(Buffer.of(0), ...data)
  let k = 1
  while (k * 2 < data.length) k *= 2
  return sha256(Buffer.of(1), treeHash(data.slice(0, k)), treeHash(data.slice(k)))
}
function path(m: number, data: readonly Buffer[]): Buffer[] {
  if (data.length === 1) return []
  let k = 1
  while (k * 2 < data.length) k *= 2
  return m < k
    ? [...path(m, data.slice(0, k)), treeHash(data.slice(k))]
    : [...path(m - k, data.slice(k)), treeHash(data.slice(0, k))]
}
function subproof(m: number, data: readonly Buffer[], isWhole: boolean): Buffer[] {
  if (m === data.length) return isWhole ? [] : [treeHash(data)]
  let k = 1
  while (k * 2 < data.length) k *= 2
  return m <= k
    ? [...subproof(m, data.slice(0, k), isWhole), treeHash(data.slice(k))]
    : [...subproof(m - k, data.slice(k), false), treeHash(data.slice(0, k))]
}

const data = Array.from({ length: 300 }, (_, index) => Buffer.from(`event ${index}`))
const leaves = data.map((one) => merkleLeaf(one))
const rootOf = (start: number, end: number) => merkleRoot(leaves.slice(start, end))
const sizes = fc.integer({ min: 1, max: data.length })

describe('a tree over leaf hashes', () => {
  test('has the root that the definition gives', () => {
    expect(merkleRoot([])).toEqual(emptyRoot)
    for (let size = 0; size <= 70; size += 1) expect(rootOf(0, size)).toEqual(treeHash(data.slice(0, size)))
  })

  test('proves the leaf that the definition proves, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (size, seed) => {
        const index = seed % size
        const proof = await inclusionProof(index, size, rootOf)
        expect(proof).toEqual(path(index, data.slice(0, size)))
        const claim = { index, size, leafHash: leaves[index] ?? emptyRoot, root: rootOf(0, size), proof }
        expect(verifyInclusion(claim)).toBe(true)
        const other = (index + 1) % size
        expect(verifyInclusion({ ...claim, index: other })).toBe(size === 1)
        expect(verifyInclusion({ ...claim, leafHash: merkleLeaf(Buffer.from('another')) })).toBe(false)
        expect(verifyInclusion({ ...claim, proof: [...proof, emptyRoot] })).toBe(false)
        if (proof.length > 0) expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(false)
      }),
    )
  })

  test('proves that it only grew as the definition does', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (one, other) => {
        const [older, size] = [Math.min(one, other), Math.max(one, other)]
        const proof = await consistencyProof(older, size, rootOf)
        expect(proof).toEqual(subproof(older, data.slice(0, size), true))
        const claim = {
          older: { size: older, root: rootOf(0, older) },
          newer: { size, root: rootOf(0, size) },
          proof,
        }
        expect(verifyConsistency(claim)).toBe(true)
        expect(verifyConsistency({ ...claim, older: { size: older, root: emptyRoot } })).toBe(false)
        expect(verifyConsistency({ ...claim, proof: [...proof, emptyRoot] })).toBe(false)
        if (older < size)
          expect(verifyConsistency({ ...claim, older: { ...claim.older, size: older + 1 } })).toBe(false)
      }),
    )
  })

  test('answers false to what cannot be a claim', () => {
    const claim = { index: 0, size: 1, leafHash: emptyRoot, root: emptyRoot, proof: [] }
    expect(verifyInclusion(claim)).toBe(true)
    for (const bad of [
      { index: -1 },
      { index: 1 },
      { size: 0 },
      { size: Number.NaN },
      { index: 0.5 },
      { root: Buffer.alloc(31) },
    ])
      expect(verifyInclusion({ ...claim, ...bad }), JSON.stringify(bad)).toBe(false)
  })
})
