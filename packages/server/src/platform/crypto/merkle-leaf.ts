import { createHash } from 'node:crypto'

/** The hash of a Merkle tree leaf (RFC 6962 section 2.1): SHA-256(0x00 || data). 32 bytes. */
export function merkleLeaf(data: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(0)).update(data).digest()
}
