/** Known answers from C2SP/wycheproof, through our own functions. Where the folder is absent each is skipped by name. */
import { createPublicKey, verify } from 'node:crypto'
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

const folder = process.env['VECTORS_DIR']
const aes = readWycheproof(folder, 'aes_gcm_test.json', aesGroup)
const aes256 = aes?.filter((group) => group.keySize === 256)
const ours = aes256?.filter((group) => group.ivSize === 96 && group.tagSize === 128).flatMap((group) => group.tests)
const otherNonces = aes256?.filter((group) => group.ivSize !== 96).flatMap((group) => group.tests)
const otherKeys = aes?.filter((group) => group.keySize !== 256).flatMap((group) => group.tests)
const hmac = readWycheproof(folder, 'hmac_sha256_test.json', hmacGroup)
const hmacFull = hmac?.filter((group) => group.tagSize === 256).flatMap((group) => group.tests)
const hmacShort = hmac?.filter((group) => group.tagSize < 256).flatMap((group) => group.tests)
const hkdfs = readWycheproof(folder, 'hkdf_sha256_test.json', hkdfGroup)?.flatMap((group) => group.tests)
const ed25519 = readWycheproof(folder, 'ed25519_test.json', edGroup)?.flatMap((group) =>
  group.tests.map((test) => ({ ...test, publicKeyDer: group.publicKeyDer })),
)

/** One test a file of cases, with their number in its name; skipped where there are none. */
function rule<Case extends { readonly tcId: number }>(
  name: string,
  cases: readonly Case[] | undefined,
  holds: (one: Case) => boolean,
): void {
  it.skipIf(cases === undefined)(`${name} (${cases?.length ?? 'no'} cases)`, () => {
    expect(cases?.length).toBeGreaterThan(0)
    expect(cases?.filter((one) => !holds(one)).map(({ tcId }) => tcId)).toEqual([])
  })
}

function throws(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}

describe('Wycheproof', () => {
  rule('AES-256-GCM with 96-bit nonces and 128-bit tags', ours, (one) => {
    const { key, iv: nonce, aad: associated, msg, ct, tag } = one
    const sealed = Buffer.concat([ct, tag])
    const opened = decrypt({ key, nonce, sealed, associated })
    const isRemade = encrypt({ key, nonce, plain: msg, associated }).equals(sealed)
    return one.result === 'valid' ? opened?.equals(msg) === true && isRemade : opened === undefined && !isRemade
  })

  rule('AES-256-GCM with nonces of any other length is refused, correct or not', otherNonces, (one) => {
    const { key, iv: nonce, aad: associated, msg, ct, tag } = one
    const opened = decrypt({ key, nonce, sealed: Buffer.concat([ct, tag]), associated })
    return opened === undefined && throws(() => encrypt({ key, nonce, plain: msg, associated }))
  })

  rule('AES-GCM with keys of any other length is refused, correct or not', otherKeys, (one) => {
    const { key, iv: nonce, aad: associated, ct, tag } = one
    const open = () => decrypt({ key, nonce, sealed: Buffer.concat([ct, tag]), associated })
    return throws(open) || open() === undefined
  })

  rule('HMAC-SHA-256', hmacFull, ({ key, msg, tag, result }) => {
    return equalHashes(keyedHash(new Secret(key), msg), tag) === (result === 'valid')
  })

  rule('HMAC-SHA-256 cut short never equals the whole one, and its beginning is right', hmacShort, (one) => {
    const whole = keyedHash(new Secret(one.key), one.msg)
    const isBeginning = equalHashes(whole.subarray(0, one.tag.length), one.tag)
    return !equalHashes(whole, one.tag) && isBeginning === (one.result === 'valid')
  })

  rule('HKDF-SHA-256', hkdfs, ({ ikm: key, salt, info, size: length, okm, result }) => {
    if (result === 'valid') return hkdf({ key, salt, info, length }).equals(okm)
    return throws(() => hkdf({ key, salt, info, length }))
  })

  rule('Ed25519 with the platform that verifies our tokens', ed25519, ({ publicKeyDer, msg, sig, result }) => {
    const key = createPublicKey({ key: publicKeyDer, format: 'der', type: 'spki' })
    return verify(null, msg, key, sig) === (result === 'valid')
  })

  it.skipIf(ed25519 === undefined)(
    'Ed25519 as jose calls it refuses every one of these over another text',
    async () => {
      for (const { publicKeyDer, sig, tcId } of ed25519 ?? []) {
        const key = createPublicKey({ key: publicKeyDer, format: 'der', type: 'spki' })
        const header = Buffer.from('{"alg":"EdDSA"}').toString('base64url')
        const token = `${header}.${Buffer.from('{}').toString('base64url')}.${sig.toString('base64url')}`
        await expect(compactVerify(token, key), `case ${tcId}`).rejects.toThrow(/signature/)
      }
    },
  )
})
