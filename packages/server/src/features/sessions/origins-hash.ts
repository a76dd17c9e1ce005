import { canonicalJson } from '../../platform/crypto/canonical-json.ts'
import { sha256 } from '../../platform/crypto/sha256.ts'

/** SHA-256 over the sorted origin list of an agent version, bound into every token of its sessions (data-boundary 3). */
export function originsHash(origins: readonly string[]): Buffer {
  return sha256(canonicalJson([...origins].sort()))
}
