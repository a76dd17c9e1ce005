import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Marker } from './marker.ts'
import { spellingsOf } from './spellings-of.ts'

type Pattern = { readonly bytes: Buffer; readonly marker: string }

/** No spelling of a piece is shorter. */
const shortest = 8
/** Bytes at the end of a window that tell how far it may be moved on: with two, most pairs of letters are in some spelling. */
const block = 3
const blockMask = 0xf_ffff
const chunkBytes = 4_194_304

/**
 * Finds traces of secrets in any amount of bytes, in one pass for all secrets and spellings (Wu and Manber, "A fast algorithm for
 * multi-pattern searching", 1994): the bytes at the end of a window tell how far the window may be moved on.
 */
export class TraceFinder {
  readonly #shifts = new Uint8Array(blockMask + 1).fill(shortest - block + 1)
  readonly #endings = new Map<number, Pattern[]>()
  #longest = shortest

  constructor(markers: readonly Marker[]) {
    for (const { name, forms } of markers)
      for (const form of forms) for (const bytes of spellingsOf(form)) this.#add({ bytes, marker: name })
  }

  /** The names of the secrets of which these bytes hold a trace. */
  find(...parts: readonly (Uint8Array | string)[]): ReadonlySet<string> {
    const found = new Set<string>()
    for (const part of parts) this.#scan(typeof part === 'string' ? Buffer.from(part) : part, found)
    return found
  }

  /** The same for a file of any size. One that goes while it is read holds nothing that stays. */
  async findInFile(path: string): Promise<ReadonlySet<string>> {
    const found = new Set<string>()
    try {
      if ((await stat(path)).size <= chunkBytes) this.#scan(await readFile(path), found)
      else await this.#scanStream(path, found)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
    return found
  }

  async #scanStream(path: string, found: Set<string>): Promise<void> {
    let kept = Buffer.alloc(0)
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('a file is read as bytes')
      const part = Buffer.concat([kept, chunk])
      this.#scan(part, found)
      kept = part.subarray(Math.max(0, part.length - this.#longest + 1))
    }
  }

  #add(pattern: Pattern): void {
    const { bytes } = pattern
    if (bytes.length < shortest) throw new RangeError(`a spelling of ${bytes.length} bytes says too little`)
    this.#longest = Math.max(this.#longest, bytes.length)
    for (let at = 0; at <= shortest - block; at += 1) {
      const hash = hashAt(bytes, at)
      this.#shifts[hash] = Math.min(this.#shifts[hash] ?? 0, shortest - block - at)
    }
    const ending = hashAt(bytes, shortest - block)
    this.#endings.set(ending, [...(this.#endings.get(ending) ?? []), pattern])
  }

  #scan(bytes: Uint8Array, found: Set<string>): void {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const shifts = this.#shifts
    for (let at = shortest - block; at + block <= view.length; ) {
      const hash = hashAt(view, at)
      const shift = shifts[hash] ?? 0
      if (shift === 0) this.#compare(view, at, this.#endings.get(hash) ?? [], found)
      at += shift === 0 ? 1 : shift
    }
  }

  #compare(view: Buffer, at: number, patterns: readonly Pattern[], found: Set<string>): void {
    const start = at - (shortest - block)
    for (const { bytes, marker } of patterns) {
      const end = start + bytes.length
      if (end <= view.length && view.compare(bytes, 0, bytes.length, start, end) === 0) found.add(marker)
    }
  }
}

function hashAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)) & blockMask
}
