/**
 * Merkle trees over leaf hashes (RFC 6962 section 2.1; the verification algorithms are those of RFC 9162 section 2.1). Hashes are
 * 32 bytes of SHA-256, sizes and indices count leaves from 0. Verification takes what a stranger sent: it answers false and
 * never throws.
 */
import { hash } from 'node:crypto'

export const hashBytes = 32

/** The root of no leaves: SHA-256 of nothing. */
export const emptyRoot = hash('sha256', Buffer.alloc(0), 'buffer')

export function merkleNode(left: Uint8Array, right: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(1 + 2 * hashBytes)
  input[0] = 1
  input.set(left, 1)
  input.set(right, 1 + hashBytes)
  return hash('sha256', input, 'buffer')
}

/** The root over hashes that stand side by side; each may itself be the root of a full subtree of one size, the last of a smaller one. */
export function merkleRoot(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes
  if (first === undefined) return emptyRoot
  if (hashes.length === 1) return first
  const split = largestPowerBelow(hashes.length)
  return merkleNode(merkleRoot(hashes.slice(0, split)), merkleRoot(hashes.slice(split)))
}

/** Where the root of the leaves `start` to `end` comes from; only ranges of a power of two that are aligned, and the ragged right end. */
export type SubtreeRoot = (start: number, end: number) => Promise<Buffer> | Buffer

/** The hashes that lead from leaf `index` to the root of the first `size` leaves. */
export async function inclusionProof(index: number, size: number, rootOf: SubtreeRoot): Promise<readonly Buffer[]> {
  const proof: Buffer[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const split = start + largestPowerBelow(end - start)
    if (index < split) {
      proof.push(await rootOf(split, end))
      end = split
    } else {
      proof.push(await rootOf(start, split))
      start = split
    }
  }
  return proof.toReversed()
}

/** The hashes that show that the tree of `size` leaves begins with that of `older` leaves; 0 < older <= size. */
export async function consistencyProof(older: number, size: number, rootOf: SubtreeRoot): Promise<readonly Buffer[]> {
  if (older === size) return []
  const proof: Buffer[] = []
  let start = 0
  let end = size
  let isWhole = true
  while (older !== end) {
    const split = start + largestPowerBelow(end - start)
    if (older <= split) {
      proof.push(await rootOf(split, end))
      end = split
    } else {
      proof.push(await rootOf(start, split))
      start = split
      isWhole = false
    }
  }
  if (!isWhole) proof.push(await rootOf(start, end))
  return proof.toReversed()
}

export type InclusionClaim = {
  readonly index: number
  readonly size: number
  readonly leafHash: Uint8Array
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** RFC 9162 section 2.1.3.2. */
export function verifyInclusion({ index, size, leafHash, root, proof }: InclusionClaim): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leafHash, root, ...proof])) return false
  let at = index
  let last = size - 1
  let result: Buffer = Buffer.from(leafHash)
  for (const sibling of proof) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      result = merkleNode(sibling, result)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else result = merkleNode(result, sibling)
    at = half(at)
    last = half(last)
  }
  return last === 0 && result.equals(root)
}

export type ConsistencyClaim = {
  readonly older: { readonly size: number; readonly root: Uint8Array }
  readonly newer: { readonly size: number; readonly root: Uint8Array }
  readonly proof: readonly Uint8Array[]
}

/** RFC 9162 section 2.1.4.2. A tree without leaves is the beginning of every other, and its root is known. */
export function verifyConsistency({ older, newer, proof }: ConsistencyClaim): boolean {
  if (!isCount(older.size) || !isCount(newer.size) || older.size > newer.size) return false
  if (!areHashes([older.root, newer.root, ...proof])) return false
  if (older.size === 0) return proof.length === 0 && emptyRoot.equals(older.root)
  if (older.size === newer.size) return proof.length === 0 && Buffer.from(older.root).equals(newer.root)
  const path = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof]
  const [first, ...rest] = path
  if (first === undefined || rest.length === 0) return false
  let at = older.size - 1
  let last = newer.size - 1
  while (at % 2 === 1) {
    at = half(at)
    last = half(last)
  }
  let olderRoot: Buffer = Buffer.from(first)
  let newerRoot: Buffer = Buffer.from(first)
  for (const sibling of rest) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      olderRoot = merkleNode(sibling, olderRoot)
      newerRoot = merkleNode(sibling, newerRoot)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else newerRoot = merkleNode(newerRoot, sibling)
    at = half(at)
    last = half(last)
  }
  return last === 0 && olderRoot.equals(older.root) && newerRoot.equals(newer.root)
}

/** The largest power of two that is smaller than `count`, which is at least 2. */
function largestPowerBelow(count: number): number {
  let power = 1
  while (power * 2 < count) power *= 2
  return power
}

/** Sizes go beyond 2^31, where shifting would cut them. */
const half = (count: number): number => Math.floor(count / 2)

const isPowerOfTwo = (count: number): boolean => 2 ** Math.floor(Math.log2(count)) === count

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((one) => one.length === hashBytes)
