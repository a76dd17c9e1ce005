/**
 * A loopback server that answers as the transit engine of Vault and OpenBao does: tokens, namespaces, versions, associated data that
 * is really authenticated, and the engine's own sentences. Its rewrap knows no associated data, as theirs.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { listen } from '../../outbound/test-harness/loopback.ts'

export const fakeToken = 'hvs.CAESIExampleTokenOfNobody'
export const fakeNamespace = 'team/voice'

export type FakeVault = {
  readonly endpoint: URL
  readonly createKey: (name: string) => void
  readonly asked: readonly { readonly path: string; readonly body: Readonly<Record<string, unknown>> }[]
  /** Answers the next requests with this instead. */
  readonly answerWith: (answer: ((response: ServerResponse) => void) | undefined) => void
  /** The token that is valid from now on. */
  readonly changeToken: (token: string) => void
}

type Key = { readonly versions: Buffer[]; minDecryption: number }

class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const encryptSchema = z.object({ plaintext: z.base64(), associated_data: z.base64().default('') })
const decryptSchema = z.object({ ciphertext: z.string(), associated_data: z.base64().default('') })
const configSchema = z.object({ min_decryption_version: z.int().min(0) })

/** Ends with `closeLoopback`. */
export async function startFakeVault(): Promise<FakeVault> {
  const keys = new Map<string, Key>()
  const asked: { path: string; body: Record<string, unknown> }[] = []
  let instead: ((response: ServerResponse) => void) | undefined
  let token = fakeToken
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await read(request)
    try {
      if (request.headers['x-vault-namespace'] !== fakeNamespace)
        throw new Refusal(404, `no handler for route "${request.url}". route entry not found.`)
      if (request.headers['x-vault-token'] !== token)
        throw new Refusal(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n')
      const body = text === '' ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(text))
      asked.push({ path: request.url ?? '', body })
      if (instead !== undefined) return instead(response)
      const data = work(keys, request.method ?? '', request.url ?? '', body)
      if (data === undefined) response.writeHead(204).end()
      else
        send(response, 200, {
          request_id: 'a',
          lease_id: '',
          renewable: false,
          lease_duration: 0,
          data,
          warnings: null,
        })
    } catch (error) {
      if (error instanceof Refusal)
        send(response, error.status, { errors: error.message === '' ? [] : [error.message] })
      else send(response, 500, { errors: ['internal error'] })
    }
  }
  const port = await listen(createServer((request, response) => void answer(request, response)))
  return {
    endpoint: new URL(`http://127.0.0.1:${port}`),
    createKey: (name) => void keys.set(name, { versions: [randomBytes(32)], minDecryption: 1 }),
    asked,
    answerWith: (given) => {
      instead = given
    },
    changeToken: (given) => {
      token = given
    },
  }
}

function work(
  keys: ReadonlyMap<string, Key>,
  method: string,
  url: string,
  body: Record<string, unknown>,
): Record<string, unknown> | undefined {
  const [, verb = '', name = '', ...more] =
    /^\/v1\/transit\/(encrypt|decrypt|keys)\/([A-Za-z0-9_.-]+)(\/rotate|\/config)?$/.exec(url) ?? []
  const key = keys.get(name)
  switch (`${method} ${verb}${more[0] ?? ''}`) {
    case 'POST encrypt': {
      const asks = encryptSchema.parse(body)
      // A token that may not create keys, as ours should be: an unknown name is refused.
      if (key === undefined) throw new Refusal(403, '1 error occurred:\n\t* permission denied\n\n')
      return { ciphertext: seal(key, asks), key_version: key.versions.length }
    }
    case 'POST decrypt':
      if (key === undefined) throw new Refusal(400, 'encryption key not found')
      return { plaintext: open(key, decryptSchema.parse(body)) }
    case 'GET keys':
      if (key === undefined) throw new Refusal(404, '')
      return {
        type: 'aes256-gcm96',
        latest_version: key.versions.length,
        min_decryption_version: key.minDecryption,
        min_encryption_version: 0,
        keys: Object.fromEntries(key.versions.map((_, index) => [String(index + 1), 1_700_000_000])),
      }
    case 'POST keys/rotate':
      if (key === undefined) throw new Refusal(400, 'no existing key named in the request')
      key.versions.push(randomBytes(32))
      return undefined
    case 'POST keys/config': {
      const asks = configSchema.parse(body)
      if (key === undefined) throw new Refusal(400, 'no existing key named in the request')
      if (asks.min_decryption_version > key.versions.length)
        throw new Refusal(
          400,
          `cannot set min decryption version of ${asks.min_decryption_version}, latest key version is ${key.versions.length}`,
        )
      key.minDecryption = asks.min_decryption_version
      return undefined
    }
    default:
      throw new Refusal(404, `no handler for route "${url}". route entry not found.`)
  }
}

function seal(key: Key, asks: z.infer<typeof encryptSchema>): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key.versions.at(-1) ?? '', nonce)
  cipher.setAAD(Buffer.from(asks.associated_data, 'base64'))
  const body = Buffer.concat([
    nonce,
    cipher.update(Buffer.from(asks.plaintext, 'base64')),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  return `vault:v${key.versions.length}:${body.toString('base64')}`
}

function open(key: Key, asks: z.infer<typeof decryptSchema>): string {
  if (asks.ciphertext === '') throw new Refusal(400, 'missing ciphertext to decrypt')
  const [, version, base64 = ''] = /^vault:v(\d+):(.*)$/.exec(asks.ciphertext) ?? []
  if (version === undefined) throw new Refusal(400, 'invalid ciphertext: no prefix')
  const bytes = key.versions[Number(version) - 1]
  if (bytes === undefined) throw new Refusal(400, 'invalid ciphertext: version is too new')
  if (Number(version) < key.minDecryption)
    throw new Refusal(400, 'ciphertext or signature version is disallowed by policy (too old)')
  const blob = Buffer.from(base64, 'base64')
  if (blob.length < 12) throw new Refusal(400, 'invalid ciphertext length')
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, blob.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(asks.associated_data, 'base64')).setAuthTag(blob.subarray(-16))
    return Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]).toString('base64')
  } catch {
    throw new Refusal(400, 'cipher: message authentication failed')
  }
}

function send(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const piece of request) text += String(piece)
  return text
}
