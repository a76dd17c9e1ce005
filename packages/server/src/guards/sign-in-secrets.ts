/**
 * Threat: what the database holds, or a mail scanner sees, signs somebody in; a code is guessed.
 * Rule: the link, the cookie and the proof of a choice are 256 random bits each, kept as hashes of one use each. The code is
 * derived from the link's secret, so that whoever opens the link twice sees the same one, and nobody who has only asked
 * for it can know it; it is kept under the id of its request.
 * On failure: there is none; who compares these does so in constant time.
 */
import type { Uuid } from '@hyponema/contract'
import { keyedHash } from '../platform/crypto/keyed-hash.ts'
import type { RandomBytes } from '../platform/crypto/random-bytes.ts'
import { Secret } from '../platform/crypto/secret.ts'
import { sha256 } from '../platform/crypto/sha256.ts'

/** Six digits: with five guesses for each request that somebody has opened, one in 200,000. */
const codeDigits = 6

/** 43 characters of base64url. */
export function newSignInSecret(randomBytes: RandomBytes): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of a secret. The same text as a link and as a cookie is two hashes. */
export function hashSignInSecret(use: 'link' | 'browser' | 'choice', text: string): Buffer {
  return sha256(`sign-in ${use} ${text}`)
}

/** The code that belongs to a link. Out of 64 bits, so that no code is likelier than another by more than 10^-13. */
export function codeOfLink(token: string): string {
  const key = new Secret(Buffer.from(token))
  const value = keyedHash(key, 'sign-in code').readBigUInt64BE()
  key.destroy()
  return String(value % 10n ** BigInt(codeDigits)).padStart(codeDigits, '0')
}

export function hashSignInCode(requestId: Uuid, code: string): Buffer {
  return sha256(`sign-in code ${requestId} ${code}`)
}
