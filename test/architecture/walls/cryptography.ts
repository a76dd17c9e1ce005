import { isProduct } from '../place-of.ts'
import { plant } from '../plant.ts'
import { moduleOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

const home = 'packages/server/src/platform/crypto/'

/** Digests and comparisons need no key. Everything else of node:crypto does, so what is not named here is refused. */
const keyless = /^(createHash|hash|timingSafeEqual|KeyObject|BinaryLike|Hash)$/
/** Of jose: signing and checking with a key that was handed over. Making, importing and wrapping keys, and encryption, are not here. */
const givenKey =
  /^(SignJWT|jwtVerify|errors|decodeProtectedHeader|JWTPayload|JWTVerifyResult|JWTVerifyOptions|CryptoKey)$/
const libraries = /^(@noble\/.+|libsodium.*|tweetnacl|bcrypt.*|argon2)$/
const globals = /^(crypto|Math\.random|Math\.\*)(\.|$)/

/** Of what runs at a customer's, which has no platform folder: it checks signatures with keys that were handed over. */
const verifiers: ReadonlyMap<string, RegExp> = new Map([
  ['packages/sdk/src/has-signature.ts', /^(createHmac|verify)$/],
  ['packages/sdk/src/read-webhook-keys.ts', /^createPublicKey$/],
])

/** The one named exception for randomness: an id is not a secret. */
const idMaker = { path: 'packages/server/src/kernel/new-id.ts', uses: 'crypto.getRandomValues' }

/** Ciphers, derived keys and random keys are made in one folder, so that one review covers them. */
export const cryptography: Wall = {
  name: 'ciphers, key derivation and randomness only in platform/crypto',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('a cipher', `import { createCipheriv } from 'node:crypto'`),
    planted('a cipher by namespace', `import * as c from 'crypto'; c.createDecipheriv('x')`),
    planted('a cipher by default import', `import c from 'node:crypto'; c.scryptSync('x')`),
    planted('a keyed hash', `import { createHmac } from 'node:crypto'`),
    planted('a namespace that is handed on', `import * as c from 'node:crypto'; seal(c)`),
    planted('a module at run time', `const { hkdfSync } = await import('node:crypto')`),
    planted('a built-in by name', `process.getBuiltinModule('crypto')`),
    planted('a re-export', `export { randomBytes } from 'node:crypto'`),
    planted('the crypto of the web', `crypto.subtle.generateKey('x')`),
    planted('randomness of the web', `globalThis.crypto.getRandomValues(new Uint8Array(32))`),
    planted('randomness without a promise', `const jitter = Math.random()`),
    planted('a key pair of jose', `import { generateKeyPair } from 'jose'`),
    planted('an encryption of jose', `import * as jose from 'jose'; new jose.EncryptJWT({})`),
    planted('another library', `import { gcm } from '@noble/ciphers/aes'`),
    plant('a signature elsewhere in the SDK', 'packages/sdk/src/index.ts', `import { verify } from 'node:crypto'`),
    plant('a signer in the SDK', 'packages/sdk/src/has-signature.ts', `import { sign } from 'node:crypto'`),
    {
      name: 'the maker of ids makes a key',
      files: { [idMaker.path]: `globalThis.crypto.subtle.generateKey('x')` },
      at: [idMaker.path],
    },
  ],
  innocent: [
    {
      name: 'the folder itself, a digest, a check, ids, tests',
      files: {
        [`${home}seal-content.ts`]: `import { createCipheriv, randomBytes } from 'node:crypto'`,
        'packages/server/src/guards/idempotency.ts': `import { createHash, timingSafeEqual } from 'node:crypto'`,
        'packages/server/src/guards/session-token.ts': `import { jwtVerify, SignJWT } from 'jose'`,
        [idMaker.path]: `globalThis.crypto.getRandomValues(new Uint8Array(10))`,
        'packages/sdk/src/has-signature.ts': `import { createHmac, timingSafeEqual, verify } from 'node:crypto'`,
        'packages/server/src/guards/session-token.test.ts': `import { randomBytes } from 'node:crypto'`,
      },
    },
  ],
}

function planted(name: string, text: string) {
  return plant(name, 'features/credentials/create-credential.ts', text)
}

function checkOne(source: Source): readonly Violation[] {
  if (!isProduct(source.path) || source.path.startsWith(home)) return []
  const found = [
    ...takenFrom(source, 'node:crypto').filter(
      (taken) => !keyless.test(taken.name) && verifiers.get(source.path)?.test(taken.name) !== true,
    ),
    ...takenFrom(source, 'jose').filter((taken) => !givenKey.test(taken.name)),
    ...source.edges
      .filter((edge) => libraries.test(moduleOf(source.path, edge) ?? ''))
      .map((edge) => ({ ...edge, name: edge.specifier ?? '' })),
    ...source.references
      .filter(({ path }) => globals.test(path) && !(source.path === idMaker.path && path === idMaker.uses))
      .map((reference) => ({ name: reference.path, line: reference.line })),
  ]
  return found.map(({ name, line }) => ({ path: source.path, line, found: `uses ${name}; only ${home} may` }))
}
