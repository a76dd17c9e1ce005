import { createHash } from 'node:crypto'
import { type BlockKind, dataBlockBytes, formatLine, maxBlockBytes } from './backup-format.ts'

/** Takes what it is given before it resolves, so that memory stays bounded. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>

/** Writes the format line and blocks, and knows the hash of everything that it has written. */
export class BlockWriter {
  readonly #write: WriteBytes
  readonly #hash = createHash('sha256')
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0

  constructor(write: WriteBytes) {
    this.#write = write
  }

  begin(): Promise<void> {
    return this.#put(Buffer.from(formatLine))
  }

  json(kind: Exclude<BlockKind, 'D' | 'Z'>, content: object): Promise<void> {
    return this.#block(kind, Buffer.from(JSON.stringify(content)))
  }

  /** Gathers small pieces; a row larger than a block is spread over several. */
  async data(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk)
    this.#gatheredBytes += chunk.length
    if (this.#gatheredBytes >= dataBlockBytes) await this.flushData()
  }

  async flushData(): Promise<void> {
    const whole = Buffer.concat(this.#gathered)
    this.#gathered = []
    this.#gatheredBytes = 0
    for (let from = 0; from < whole.length; from += dataBlockBytes)
      await this.#block('D', whole.subarray(from, from + dataBlockBytes))
  }

  /** The last block. Its hash covers everything before it. */
  finish(): Promise<void> {
    return this.#write(frame('Z', Buffer.from(JSON.stringify({ sha256: this.#hash.digest('hex') }))))
  }

  #block(kind: BlockKind, payload: Uint8Array): Promise<void> {
    return this.#put(frame(kind, payload))
  }

  #put(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    return this.#write(bytes)
  }
}

function frame(kind: BlockKind, payload: Uint8Array): Buffer {
  if (payload.length > maxBlockBytes) throw new RangeError(`a block ${kind} of ${payload.length} bytes is too large`)
  const head = Buffer.alloc(5)
  head.write(kind, 0, 'latin1')
  head.writeUInt32BE(payload.length, 1)
  return Buffer.concat([head, payload])
}
