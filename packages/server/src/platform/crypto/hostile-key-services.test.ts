/** What a key service may answer, or not answer, and what comes of it: nothing is opened, nothing is lost, nothing is told. */
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import { systemClock } from '../../kernel/clock.ts'
import { callOwnService } from '../outbound/call-own-service.ts'
import { closeLoopback } from '../outbound/test-harness/loopback.ts'
import { awsKmsKeyService } from './aws-kms-key-service.ts'
import type { KeyService, WrappedKey } from './key-service.ts'
import { parseKmsKey } from './kms-key.ts'
import { randomSecret } from './random-secret.ts'
import { Secret } from './secret.ts'
import { bytesOf } from './test-harness/key-fixtures.ts'
import { fakeAccess, fakeRegion, startFakeAwsKms } from './test-harness/start-fake-aws-kms.ts'
import { fakeNamespace, fakeToken, startFakeVault } from './test-harness/start-fake-vault.ts'
import { vaultKeyService } from './vault-key-service.ts'

type Answer = (response: ServerResponse) => void

const timeoutMs = 400
/** A service that was silent is not asked for a second, which here goes by between one answer and the next. */
let passedMs = 0
const clock = { nowMs: () => Date.now() + passedMs }
const here = ['credential', 'workspace', 'row', '1']
const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const base64 = (length: number): string => Buffer.alloc(length, 7).toString('base64')

const missing = 'keyring.key_missing'
const unreadable = 'credential.sealed_unreadable'

/** What any server may do, whoever it says it is. */
const anywhere: readonly [string, Answer, string][] = [
  ['no JSON', (response) => response.writeHead(200).end('{"data":'), missing],
  ['another JSON', json(200, [1]), missing],
  ['nothing at all', (response) => response.writeHead(200).end(), missing],
  ['a redirect', (response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(), missing],
  ['more bytes than are taken', (response) => response.writeHead(200).end('x'.repeat(100_000)), missing],
  [
    'a length that it does not keep',
    (response) => response.writeHead(200, { 'content-length': '99' }).end('{'),
    missing,
  ],
  ['a cut connection', (response) => response.destroy(), missing],
  ['silence', () => undefined, missing],
  ['a beginning that never ends', (response) => response.writeHead(200).write('{'), missing],
  ['a failure of its own', json(500, { errors: ['internal error'] }), missing],
  ['too many requests', json(429, { __type: 'ThrottlingException', errors: ['slow down'] }), missing],
]

afterAll(closeLoopback)

type Scene = { readonly service: KeyService<'credentials'>; readonly answerWith: (answer: Answer | undefined) => void }

function describeHostile(
  name: string,
  makeScene: () => Promise<Scene>,
  answers: readonly [string, Answer, string][],
  secrets: readonly string[],
): void {
  describe(`a hostile ${name}`, () => {
    let scene: Scene
    const key = randomSecret()
    let wrapped: WrappedKey
    beforeAll(async () => {
      scene = await makeScene()
      wrapped = await scene.service.wrap(key, here)
    })
    beforeEach(() => scene.answerWith(undefined))

    const failures = async (): Promise<unknown[]> => {
      const { service } = scene
      const work = [service.unwrap(wrapped, here), service.rewrap(wrapped, here), service.wrap(key, here)]
      return Promise.all(work.map((one) => one.catch((reason: unknown) => reason)))
    }

    it.each([...anywhere, ...answers])('that answers with %s opens nothing', async (_name, answer, code) => {
      scene.answerWith(answer)
      const [unwrapping, rewrapping, wrapping] = await failures()
      expect(unwrapping).toMatchObject({ name: 'AppError', code })
      expect(rewrapping).toMatchObject({ name: 'AppError', code: expect.stringMatching(`${missing}|${code}`) })
      expect(wrapping).toMatchObject({ name: 'AppError', code: missing })
      for (const failure of [unwrapping, rewrapping, wrapping]) {
        const { message = '', stack = '', cause } = failure instanceof AppError ? failure : {}
        for (const secret of [...secrets, bytesOf(key).toString('base64')])
          expect(`${message} ${stack} ${String(cause)} ${JSON.stringify(failure)}`).not.toContain(secret)
        expect(message).toContain(wrapped.keyId.replace(/:v\d+$/, ''))
      }
      scene.answerWith(undefined)
      passedMs += 1000
      expect(bytesOf(await scene.service.unwrap(wrapped, here))).toEqual(bytesOf(key))
    })
  })
}

describeHostile(
  'AWS KMS',
  async () => {
    const kms = await startFakeAwsKms()
    const { call } = callOwnService(kms.endpoint, { timeoutMs, clock })
    const service = awsKmsKeyService(
      'credentials',
      [parseKmsKey(kms.createKey())].filter((key) => key !== undefined),
      {
        region: fakeRegion,
        host: kms.endpoint.host,
        credentials: {
          accessKeyId: fakeAccess.accessKeyId,
          secretAccessKey: new Secret(Buffer.from(fakeAccess.secretAccessKey)),
          sessionToken: new Secret(Buffer.from(fakeAccess.sessionToken)),
        },
        call,
        clock: systemClock,
      },
    )
    return { service, answerWith: kms.answerWith }
  },
  [
    [
      'another key',
      json(200, {
        KeyId: `arn:aws:kms:${fakeRegion}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
        SourceKeyId: 'x',
        Plaintext: base64(32),
        CiphertextBlob: base64(90),
      }),
      unreadable,
    ],
    ['a key of no length', json(200, { KeyId: '', Plaintext: '', CiphertextBlob: '' }), missing],
    ['no key id', json(200, { Plaintext: base64(32), CiphertextBlob: base64(90) }), missing],
    ['InvalidCiphertextException', json(400, { __type: 'InvalidCiphertextException' }), unreadable],
    ['a kind behind a namespace', json(400, { __type: 'com.amazonaws.kms#IncorrectKeyException' }), unreadable],
    ['the same as a failure of its own', json(500, { __type: 'InvalidCiphertextException' }), missing],
    [
      'AccessDeniedException',
      json(400, { __type: 'AccessDeniedException', Message: fakeAccess.secretAccessKey }),
      missing,
    ],
    [
      'KMSInvalidStateException',
      json(400, { __type: 'KMSInvalidStateException', message: 'pending deletion' }),
      missing,
    ],
    ['DisabledException', json(400, { __type: 'DisabledException', message: 'disabled' }), missing],
    ['NotFoundException', json(400, { __type: 'NotFoundException', message: 'none' }), missing],
    [
      'ExpiredTokenException',
      json(400, { __type: 'ExpiredTokenException', message: fakeAccess.sessionToken }),
      missing,
    ],
    ['a kind that is a text', json(400, { __type: `x\n${fakeAccess.sessionToken}` }), missing],
  ],
  [fakeAccess.secretAccessKey, fakeAccess.sessionToken],
)

describeHostile(
  'Vault',
  async () => {
    const vault = await startFakeVault()
    vault.createKey('hyponema')
    const { call } = callOwnService(vault.endpoint, { timeoutMs, clock })
    const readToken = async () => new Secret(Buffer.from(fakeToken))
    const access = { mount: 'transit', namespace: fakeNamespace, readToken, call }
    return { service: vaultKeyService('credentials', ['hyponema'], access), answerWith: vault.answerWith }
  },
  [
    ['a shorter key', json(200, { data: { plaintext: base64(31) } }), unreadable],
    ['a longer key', json(200, { data: { plaintext: base64(33) } }), unreadable],
    ['an empty key', json(200, { data: { plaintext: '' } }), unreadable],
    ['a key that is no base64', json(200, { data: { plaintext: '!'.repeat(44) } }), missing],
    ['a ciphertext without a version', json(200, { data: { ciphertext: base64(60) } }), missing],
    ['a ciphertext of version 0', json(200, { data: { ciphertext: `vault:v0:${base64(60)}` } }), missing],
    ['an endless ciphertext', json(200, { data: { ciphertext: `vault:v1:${base64(30_000)}` } }), missing],
    ['an altered ciphertext', json(400, { errors: ['cipher: message authentication failed'] }), unreadable],
    ['the same as a failure of its own', json(500, { errors: ['cipher: message authentication failed'] }), missing],
    [
      'a version too old',
      json(400, { errors: ['ciphertext or signature version is disallowed by policy (too old)'] }),
      missing,
    ],
    ['a version too new', json(400, { errors: ['invalid ciphertext: version is too new'] }), missing],
    ['no such key', json(400, { errors: ['encryption key not found'] }), missing],
    ['a token that ended', json(403, { errors: [`permission denied for ${fakeToken}`] }), missing],
    ['a seal', json(503, { errors: ['Vault is sealed'] }), missing],
  ],
  [fakeToken],
)
