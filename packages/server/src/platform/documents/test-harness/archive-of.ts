import { crc32, deflateRawSync } from 'node:zlib'

/** One entry of an archive. What is not given is true; what is given may be a lie. */
export type ArchiveEntry = {
  readonly name: string
  readonly content: Buffer
  readonly declaredSize?: number
  readonly flags?: number
  /** The number of another entry whose bytes this one says are its own. */
  readonly sharesWith?: number
}

/** A ZIP archive, with whatever lies its entries tell. */
export function archiveOf(entries: readonly ArchiveEntry[]): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  const offsets: number[] = []
  let offset = 0
  for (const entry of entries) {
    const packed = deflateRawSync(entry.content)
    const name = Buffer.from(entry.name)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(entry.flags ?? 0, 2)
    facts.writeUInt16LE(8, 4)
    facts.writeUInt32LE(crc32(entry.content), 10)
    facts.writeUInt32LE(packed.byteLength, 14)
    facts.writeUInt32LE(entry.declaredSize ?? entry.content.byteLength, 18)
    facts.writeUInt16LE(name.byteLength, 22)
    const shared = entry.sharesWith === undefined ? undefined : offsets[entry.sharesWith]
    const place = Buffer.alloc(14)
    place.writeUInt32LE(shared ?? offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, place, name]))
    offsets.push(shared ?? offset)
    if (shared !== undefined) continue
    const header = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, name])
    local.push(header, packed)
    offset += header.byteLength + packed.byteLength
  }
  const list = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(list.byteLength, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...local, list, Buffer.from('PK\x05\x06', 'latin1'), end])
}
