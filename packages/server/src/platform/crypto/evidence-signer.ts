/**
 * Threat: what an installation hands out as evidence (a checkpoint, a receipt, a report) is forged, or what was signed as one
 * is shown as another.
 * Rule: Ed25519 (RFC 8032) under a key that signs nothing else. What it signs begins with its purpose, or is a signed note
 * (C2SP), whose first line no purpose can be taken for.
 * On failure: what was not signed for exactly this purpose does not verify.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import type { OpenedSigningKeys } from './signing-key-file.ts'

export type EvidencePurpose = 'export-manifest' | 'erasure-receipt' | 'erasure-journal' | 'posture-report'

export type EvidenceSigner = {
  /** `evi-N`. */
  readonly keyId: string
  /** Also those that signed before, by id. */
  readonly publicKeys: ReadonlyMap<string, KeyObject>
  /** 64 bytes. */
  readonly sign: (purpose: EvidencePurpose, bytes: Uint8Array) => Buffer
  /** A signed note (C2SP signed-note v1.0.0): `text` and one signature line. `name` is the origin, which the text begins with. */
  readonly signNote: (name: string, text: string) => string
}

export function createEvidenceSigner(opened: OpenedSigningKeys): EvidenceSigner {
  const { id, privateKey } = opened.active
  const publicKey = opened.publicKeys.get(id)
  if (publicKey === undefined) throw new TypeError('the active key has no public part')
  return {
    keyId: id,
    publicKeys: opened.publicKeys,
    sign: (purpose, bytes) => sign(null, signedBytes(purpose, bytes), privateKey),
    signNote: (name, text) => {
      const signature = Buffer.concat([noteKeyHash(name, publicKey), sign(null, Buffer.from(text), privateKey)])
      return `${text}\n— ${name} ${signature.toString('base64')}\n`
    },
  }
}

export function verifyEvidence(
  publicKey: KeyObject,
  purpose: EvidencePurpose,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return signature.length === 64 && verify(null, signedBytes(purpose, bytes), publicKey, signature)
}

/** The first four bytes of SHA-256(name, newline, 0x01, key): which key of that name signed. */
export function noteKeyHash(name: string, publicKey: KeyObject): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Uint8Array.of(1))
    .update(rawPublicKey(publicKey))
    .digest()
    .subarray(0, 4)
}

/** The 32 bytes of RFC 8032. */
export function rawPublicKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
}

function signedBytes(purpose: EvidencePurpose, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`hyponema/${purpose}/v1\n`), bytes])
}
