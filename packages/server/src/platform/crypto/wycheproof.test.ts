/** Known answers from C2SP/wycheproof, through our own functions. Where the folder is absent each is skipped by name. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decrypt, encrypt } from './authenticated-encryption.ts'
import { hkdf } from './hkdf.ts'
import { equalHashes, keyedHash } from './keyed-hash.ts'
import { Secret } from './secret.ts'
import { hexSchema, readWycheproof, verdictSchema } from './test-harness/read-wycheproof.ts'

const base = { tcId: z.number(), result: verdictSchema }

const aesGroup = z.object({
  ivSize: z.number(),
  keySize: z.number(),
  tagSize: z.number(),
  tests: z.array(
    z.object({ ...base, key: hexSchema, iv: hexSchema, aad: hexSchema, msg: hexSchema, ct: hexSchema, tag: hexSchema }),
  ),
})
const hmacGroup = z.object({
  tagSize: z.number(),
  tests: z.array(z.object({ ...base, key: hexSchema, msg: hexSchema, tag: hexSchema })),
})
const hkdfGroup = z.object({
  tests: z.array(
    z.object({ ...base, ikm: hexSchema, salt: hexSchema, info: hexSchema, size: z.number(), okm: hexSchema }),
  ),
})
const edGroup = z.object({
  publicKeyDer: hexSchema,
  tests: z.array(z.object({ ...base, msg: hexSchema, sig: hexSchema })),
})

const aes = readWycheproof('aes_gcm_test.json', aesGroup)
const aes256 = aes?.filter((group) => group.keySize === 256)
const ours = aes256?.filter((group) => group.ivSize === 96 && group.tagSize === 128).flatMap((group) => group.tests)
const otherNonces = aes256?.filter((group) => group.ivSize !== 96).flatMap((group) => group.tests)
const otherKeys = aes?.filter((group) => group.keySize !== 256).flatMap((group) => group.tests)
const hmac = readWycheproof('hmac_sha256_test.json', hmacGroup)
const hmacFull = hmac?.filter((group) => group.tagSize === 256).flatMap((group) => group.tests)
const hmacShort = hmac?.filter((group) => group.tagSize < 256).flatMap((group) => group.tests)
const hkdfs = readWycheproof('hkdf_sha256_test.json', hkdfGroup)?.flatMap((group) => group.tests)
const ed25519 = readWycheproof('ed25519_test.json', edGroup)?.flatMap((group) =>
  group.tests.map((test) => ({ ...test, publicKeyDer: group.publicKeyDer })),
)

/** One test a file of cases, with their number in its name; skipped where there are none. */
function rule<Case extends { readonly tcId: number }>(
  name: string,
  cases: readonly Case[] | undefined,
  check: (one: Case) => void,
): void {
  it.skipIf(cases === undefined)(`${name} (${cases?.length ?? 'no'} cases)`, () => {
    expect(cases?.length).toBeGreaterThan(0)
    for (const one of cases ?? []) check(one)
  })
}

describe('Wycheproof', () => {
  rule('AES-256-GCM with 96-bit nonces and 128-bit tags', ours, (one) => {
    const { key, iv: nonce, aad: associated, msg, ct, tag, tcId, result } = one
    const sealed = Buffer.concat([ct, tag])
    const opened = decrypt({ key, nonce, sealed, associated })
    expect(opened?.toString('hex'), `case ${tcId}`).toBe(result === 'valid' ? msg.toString('hex') : undefined)
    const made = encrypt({ key, nonce, plain: msg, associated })
    expect(made.equals(sealed), `case ${tcId}`).toBe(result === 'valid')
  })

  rule('AES-256-GCM with nonces of any other length is refused, correct or not', otherNonces, (one) => {
    const { key, iv: nonce, aad: associated, msg, ct, tag, tcId } = one
    expect(decrypt({ key, nonce, sealed: Buffer.concat([ct, tag]), associated }), `case ${tcId}`).toBeUndefined()
    expect(() => encrypt({ key, nonce, plain: msg, associated }), `case ${tcId}`).toThrow(RangeError)
  })

  rule('AES-GCM with keys of any other length is refused, correct or not', otherKeys, (one) => {
    const { key, iv: nonce, aad: associated, ct, tag, tcId } = one
    const open = (): Buffer => {
      const opened = decrypt({ key, nonce, sealed: Buffer.concat([ct, tag]), associated })
      if (opened === undefined) throw new Error('refused')
      return opened
    }
    expect(open, `case ${tcId}`).toThrow()
  })

  rule('HMAC-SHA-256', hmacFull, ({ key, msg, tag, tcId, result }) => {
    expect(equalHashes(keyedHash(new Secret(key), msg), tag), `case ${tcId}`).toBe(result === 'valid')
  })

  rule('HMAC-SHA-256 cut short never equals the whole one, and its beginning is right', hmacShort, (one) => {
    const { key, msg, tag, tcId, result } = one
    const whole = keyedHash(new Secret(key), msg)
    expect(equalHashes(whole, tag), `case ${tcId}`).toBe(false)
    expect(equalHashes(whole.subarray(0, tag.length), tag), `case ${tcId}`).toBe(result === 'valid')
  })

  rule('HKDF-SHA-256', hkdfs, ({ ikm: key, salt, info, size: length, okm, tcId, result }) => {
    if (result === 'valid') expect(hkdf({ key, salt, info, length }).equals(okm), `case ${tcId}`).toBe(true)
    else expect(() => hkdf({ key, salt, info, length }), `case ${tcId}`).toThrow()
  })

  rule('Ed25519 with the platform that verifies our tokens', ed25519, (one) => {
    const { publicKeyDer, msg, sig, tcId, result } = one
    const key = createPublicKey({ key: publicKeyDer, format: 'der', type: 'spki' })
    expect(verifies(key, msg, sig), `case ${tcId}`).toBe(result === 'valid')
  })

  it.skipIf(ed25519 === undefined)('Ed25519 as jose calls it refuses every wrong signature over a token', async () => {
    for (const { publicKeyDer, sig, result, tcId } of ed25519 ?? []) {
      const key = createPublicKey({ key: publicKeyDer, format: 'der', type: 'spki' })
      const header = Buffer.from('{"alg":"EdDSA"}').toString('base64url')
      const token = `${header}.${Buffer.from('{}').toString('base64url')}.${sig.toString('base64url')}`
      // No case signs this text, so whatever its verdict elsewhere it must fall here.
      await expect(compactVerify(token, key), `case ${tcId}, ${result} elsewhere`).rejects.toThrow()
    }
  })
})

function verifies(key: KeyObject, message: Buffer, signature: Buffer): boolean {
  try {
    return verify(null, message, key, signature)
  } catch {
    return false
  }
}
