import { crc32 } from 'node:zlib'

const versionNeeded = 20
/** Names are in UTF-8. */
const flags = 0x0800

/** An archive of parts that are not packed, in the form of ZIP (PKWARE APPNOTE 4.3), for readers that take nothing else. */
export function storedArchive(parts: ReadonlyMap<string, string>): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, text] of parts) {
    const path = Buffer.from(name)
    const bytes = Buffer.from(text)
    const facts = factsOf({ bytes, path })
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), facts, path])
    local.push(header, bytes)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), uint16(versionNeeded), facts, place, path]))
    offset += header.byteLength + bytes.byteLength
  }
  const list = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(parts.size, 4)
  end.writeUInt16LE(parts.size, 6)
  end.writeUInt32LE(list.byteLength, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...local, list, Buffer.from('PK\x05\x06'), end])
}

/** What both headers of an entry have: version, flags, method and time (none), check sum, sizes, length of its name. */
function factsOf({ bytes, path }: { bytes: Buffer; path: Buffer }): Buffer {
  const facts = Buffer.alloc(26)
  facts.writeUInt16LE(versionNeeded, 0)
  facts.writeUInt16LE(flags, 2)
  facts.writeUInt32LE(crc32(bytes), 10)
  facts.writeUInt32LE(bytes.byteLength, 14)
  facts.writeUInt32LE(bytes.byteLength, 18)
  facts.writeUInt16LE(path.byteLength, 22)
  return facts
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
