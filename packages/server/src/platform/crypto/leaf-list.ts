import { tileWidth } from './merkle-tiles.ts'
import { hashBytes, merkleRoot } from './merkle-tree.ts'

/** The leaf hashes of an export by their numbers, in one buffer, so that millions have room. */
export class LeafList {
  #hashes = Buffer.alloc(1024 * hashBytes)
  readonly #ids: (string | undefined)[] = []
  #count = 0

  /** How many there are. */
  get size(): number {
    return this.#count
  }

  /** False where that number is taken. A number beyond all sense is kept by nobody. */
  set(index: number, hash: Buffer, id: string): boolean {
    if (this.#ids[index] !== undefined || index > this.#count + mostAhead) return false
    if ((index + 1) * hashBytes > this.#hashes.length) {
      const larger = Buffer.alloc(Math.max(this.#hashes.length * 2, (index + 1) * hashBytes))
      this.#hashes.copy(larger)
      this.#hashes = larger
    }
    hash.copy(this.#hashes, index * hashBytes)
    this.#ids[index] = id
    this.#count += 1
    return true
  }

  get(index: number): { readonly hash: Buffer; readonly id: string } | undefined {
    const id = this.#ids[index]
    return id === undefined ? undefined : { hash: this.#at(index), id }
  }

  /** `3` or `3 to 7`, each range of numbers that nobody has. */
  missingBelow(size: number): readonly string[] {
    const ranges: string[] = []
    for (let index = 0; index < size && ranges.length < mostTold; index += 1) {
      if (this.#ids[index] !== undefined) continue
      const first = index
      while (index + 1 < size && this.#ids[index + 1] === undefined) index += 1
      ranges.push(first === index ? String(first) : `${first} to ${index}`)
    }
    return ranges
  }

  from(index: number): readonly { readonly index: number; readonly id: string }[] {
    return this.#ids.slice(index).flatMap((id, offset) => (id === undefined ? [] : [{ index: index + offset, id }]))
  }

  /** The root of the first `size`; undefined where one of them is missing. */
  rootOf(size: number): Buffer | undefined {
    for (let index = 0; index < size; index += 1) if (this.#ids[index] === undefined) return undefined
    let level: Buffer[] = []
    for (let start = 0; start < size; start += tileWidth)
      level.push(merkleRoot(this.#range(start, Math.min(start + tileWidth, size))))
    while (level.length > tileWidth) {
      const above: Buffer[] = []
      for (let start = 0; start < level.length; start += tileWidth)
        above.push(merkleRoot(level.slice(start, start + tileWidth)))
      level = above
    }
    return merkleRoot(level)
  }

  /** Where each hash stands. */
  places(): ReadonlyMap<string, number> {
    const found = new Map<string, number>()
    for (const [index, id] of this.#ids.entries())
      if (id !== undefined) found.set(this.#at(index).toString('hex'), index)
    return found
  }

  ids(): ReadonlySet<string> {
    return new Set(this.#ids.filter((id) => id !== undefined))
  }

  differences(other: LeafList, size: number): readonly { readonly index: number; readonly id: string }[] {
    const found: { index: number; id: string }[] = []
    for (let index = 0; index < size && found.length < mostTold; index += 1) {
      const [mine, its] = [this.get(index), other.get(index)]
      if (its !== undefined && mine?.hash.equals(its.hash) !== true) found.push({ index, id: its.id })
    }
    return found
  }

  #at(index: number): Buffer {
    return this.#hashes.subarray(index * hashBytes, (index + 1) * hashBytes)
  }

  #range(from: number, to: number): readonly Buffer[] {
    return Array.from({ length: to - from }, (_, offset) => this.#at(from + offset))
  }
}

/** A number this far ahead of all others is a mistake or an attack on our memory. */
const mostAhead = 1_000_000
/** More names help nobody. */
const mostTold = 100
