import { createHash } from 'node:crypto'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { type BlockKind, blockKinds, formatLine, formatVersion, maxBlockBytes } from './backup-format.ts'

export type Block = {
  readonly kind: BlockKind
  readonly payload: Buffer
  /** SHA-256 of every byte of the file before this block; on the last block only, because it takes the hash of all. */
  readonly hashBefore: string | undefined
}

/** Cuts the bytes of a backup into blocks. Throws a StartupRefusal, with the name of the file, at the first byte that does not fit. */
export async function* readBlocks(name: string, bytes: AsyncIterator<Uint8Array>): AsyncGenerator<Block, undefined> {
  const source = new ByteSource(bytes)
  try {
    yield* cutBlocks(name, source)
  } finally {
    await source.close()
  }
  return undefined
}

async function* cutBlocks(name: string, source: ByteSource): AsyncGenerator<Block> {
  const hash = createHash('sha256')
  const line = await source.take(formatLine.length)
  refuseFormat(name, line)
  hash.update(line)
  for (;;) {
    const head = await source.take(5)
    if (head.length === 0) return
    const kind = blockKinds.find((one) => head.toString('latin1', 0, 1) === one)
    const length = head.length === 5 ? head.readUInt32BE(1) : maxBlockBytes + 1
    if (kind === undefined || length > maxBlockBytes) throw damaged(name, `it has no block at byte ${source.taken}`)
    const payload = await source.take(length)
    if (payload.length !== length) throw damaged(name, `it ends in the middle of a block, at byte ${source.taken}`)
    if (kind !== 'Z') {
      hash.update(head).update(payload)
      yield { kind, payload, hashBefore: undefined }
      continue
    }
    yield { kind, payload, hashBefore: hash.digest('hex') }
    if ((await source.take(1)).length > 0) throw damaged(name, 'something follows its end')
    return
  }
}

export function damaged(name: string, found: string): StartupRefusal {
  return new StartupRefusal(`${name} is damaged: ${found}; take another copy of it. Nothing was restored.`)
}

function refuseFormat(name: string, line: Buffer): void {
  if (line.toString('latin1') === formatLine) return
  const version = /^HYPONEMA BACKUP (\d+)/.exec(line.toString('latin1'))?.[1]
  throw new StartupRefusal(
    version !== undefined && Number(version) > formatVersion
      ? `${name} has format ${version} and this build reads format ${formatVersion}; restore it with the build that made it, or a newer one.`
      : `${name} is not a backup of Hyponema, or its first line is damaged; nothing was restored.`,
  )
}

/** Bytes by number, whatever pieces they come in. */
class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)
  taken = 0

  constructor(bytes: AsyncIterator<Uint8Array>) {
    this.#pieces = bytes
  }

  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  /** So many bytes, or fewer where the file ends. */
  async take(length: number): Promise<Buffer> {
    const parts = [this.#held]
    let size = this.#held.length
    while (size < length) {
      const next = await this.#pieces.next()
      if (next.done === true) break
      parts.push(Buffer.from(next.value))
      size += next.value.length
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts)
    const result = all.subarray(0, length)
    this.#held = all.subarray(length)
    this.taken += result.length
    return result
  }
}
