/**
 * A loopback server that answers as AWS KMS does: JSON 1.1, signatures that are really checked (by a library of others), an
 * EncryptionContext that is really authenticated, and KMS's own refusals.
 */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { AwsV4Signer } from 'aws4fetch'
import { z } from 'zod'
import { listen } from '../../outbound/test-harness/loopback.ts'

export const fakeRegion = 'eu-central-1'
export const fakeAccess = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE==',
}

export type FakeAwsKms = {
  readonly endpoint: URL
  /** Makes a key and returns its ARN. */
  readonly createKey: () => string
  readonly changeKey: (arn: string, state: KeyState) => void
  /** What was asked, newest last: operation and body. */
  readonly asked: readonly { readonly operation: string; readonly body: Readonly<Record<string, unknown>> }[]
  /** Answers the next requests with this instead. */
  readonly answerWith: (answer: ((response: ServerResponse) => void) | undefined) => void
}

type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion' | 'Forbidden'
type Key = { readonly arn: string; readonly id: string; readonly bytes: Buffer; state: KeyState }

const contextSchema = z.record(z.string(), z.string()).default({})
const base64 = z.base64().min(1)
const bodies = {
  Encrypt: z.strictObject({ KeyId: z.string(), Plaintext: base64, EncryptionContext: contextSchema }),
  Decrypt: z.strictObject({ KeyId: z.string(), CiphertextBlob: base64, EncryptionContext: contextSchema }),
  ReEncrypt: z.strictObject({
    CiphertextBlob: base64,
    SourceKeyId: z.string(),
    SourceEncryptionContext: contextSchema,
    DestinationKeyId: z.string(),
    DestinationEncryptionContext: contextSchema,
  }),
}

class Refusal extends Error {
  readonly type: string
  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

/** Ends with `closeLoopback`. */
export async function startFakeAwsKms(): Promise<FakeAwsKms> {
  const keys = new FakeKeys()
  const asked: { operation: string; body: Record<string, unknown> }[] = []
  let instead: ((response: ServerResponse) => void) | undefined
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await read(request)
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '')
    try {
      await checkSignature(request, text)
      const body = z.record(z.string(), z.unknown()).parse(JSON.parse(text))
      asked.push({ operation, body })
      if (instead !== undefined) return instead(response)
      send(response, 200, keys.work(operation, body))
    } catch (error) {
      if (error instanceof Refusal) return send(response, 400, { __type: error.type, message: error.message })
      send(response, 400, { __type: 'ValidationException', message: String(error) })
    }
  }
  const port = await listen(createServer((request, response) => void answer(request, response)))
  return {
    endpoint: new URL(`http://127.0.0.1:${port}`),
    createKey: () => keys.create(),
    changeKey: (arn, state) => keys.change(arn, state),
    asked,
    answerWith: (given) => {
      instead = given
    },
  }
}

class FakeKeys {
  readonly #keys = new Map<string, Key>()

  create(): string {
    const id = randomUUID()
    const arn = `arn:aws:kms:${fakeRegion}:111122223333:key/${id}`
    this.#keys.set(id, { arn, id, bytes: randomBytes(32), state: 'Enabled' })
    return arn
  }

  change(arn: string, state: KeyState): void {
    this.#byName(arn).state = state
  }

  work(operation: string, body: unknown): Record<string, string> {
    if (operation === 'Encrypt') {
      const asks = bodies.Encrypt.parse(body)
      const key = this.#usable(asks.KeyId)
      return {
        CiphertextBlob: seal(key, Buffer.from(asks.Plaintext, 'base64'), asks.EncryptionContext),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        KeyId: key.arn,
      }
    }
    if (operation === 'Decrypt') {
      const asks = bodies.Decrypt.parse(body)
      const { key, plain } = this.#decrypt(asks.CiphertextBlob, asks.KeyId, asks.EncryptionContext)
      return { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT', KeyId: key.arn, Plaintext: plain.toString('base64') }
    }
    const asks = bodies.ReEncrypt.parse(body)
    const { key, plain } = this.#decrypt(asks.CiphertextBlob, asks.SourceKeyId, asks.SourceEncryptionContext)
    const next = this.#usable(asks.DestinationKeyId)
    return {
      CiphertextBlob: seal(next, plain, asks.DestinationEncryptionContext),
      KeyId: next.arn,
      SourceKeyId: key.arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    }
  }

  #decrypt(blob: string, keyId: string, context: Record<string, string>): { key: Key; plain: Buffer } {
    const bytes = Buffer.from(blob, 'base64')
    const named = this.#keys.get(bytes.subarray(1, 37).toString('latin1'))
    if (bytes[0] !== 1 || named === undefined || bytes.length < 65) throw new Refusal('InvalidCiphertextException', '')
    const key = this.#usable(keyId)
    if (named !== key) throw new Refusal('IncorrectKeyException', 'The key ID in the request does not identify a key.')
    return { key, plain: open(key, bytes, context) }
  }

  #usable(name: string): Key {
    const key = this.#byName(name)
    if (key.state === 'Forbidden')
      throw new Refusal('AccessDeniedException', `User: x is not authorized for ${key.arn}`)
    if (key.state === 'Disabled') throw new Refusal('DisabledException', `${key.arn} is disabled.`)
    if (key.state === 'PendingDeletion')
      throw new Refusal('KMSInvalidStateException', `${key.arn} is pending deletion.`)
    return key
  }

  #byName(name: string): Key {
    const key = [...this.#keys.values()].find(({ arn, id }) => name === arn || name === id)
    if (key === undefined) throw new Refusal('NotFoundException', `Key '${name}' does not exist`)
    return key
  }
}

/** As the service would compute it from what arrived; a library does, so that our own signing is not its own judge. */
async function checkSignature(request: IncomingMessage, body: string): Promise<void> {
  const { headers } = request
  if (headers['x-amz-security-token'] !== fakeAccess.sessionToken)
    throw new Refusal('UnrecognizedClientException', 'The security token included in the request is invalid.')
  const given = String(headers.authorization)
  const signed = /SignedHeaders=([^,]+),/.exec(given)?.[1]?.split(';') ?? []
  const signer = new AwsV4Signer({
    method: request.method ?? '',
    url: `http://${headers.host}${request.url}`,
    headers: Object.fromEntries(signed.map((name) => [name, String(headers[name])])),
    body,
    ...fakeAccess,
    service: 'kms',
    region: fakeRegion,
    datetime: String(headers['x-amz-date']),
    allHeaders: true,
  })
  const expected = (await signer.sign()).headers.get('authorization') ?? ''
  if (!signed.includes('host') || !signed.includes('x-amz-target') || !signed.includes('x-amz-date'))
    throw new Refusal('IncompleteSignatureException', 'a header that has to be signed is not')
  if (expected.replaceAll(', ', ',') !== given)
    throw new Refusal(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    )
}

function seal(key: Key, plain: Buffer, context: Record<string, string>): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(bound(context))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.from([1]), Buffer.from(key.id), nonce, body, cipher.getAuthTag()]).toString('base64')
}

function open(key: Key, blob: Buffer, context: Record<string, string>): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, blob.subarray(37, 49), { authTagLength: 16 })
  decipher.setAAD(bound(context)).setAuthTag(blob.subarray(-16))
  try {
    return Buffer.concat([decipher.update(blob.subarray(49, -16)), decipher.final()])
  } catch {
    throw new Refusal('InvalidCiphertextException', '')
  }
}

function bound(context: Record<string, string>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).toSorted(([one], [other]) => (one < other ? -1 : 1))))
}

function send(response: ServerResponse, status: number, body: Record<string, string>): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const piece of request) text += String(piece)
  return text
}
