/**
 * Signature Version 4 of AWS, for requests whose path and query need no encoding (every call to KMS is `POST /`).
 *
 * Threat: the secret access key lies in the heap as text for as long as the process lives.
 * Rule: it is lent as bytes, and the keys derived from it are wiped before the signature is returned. A library would want it as
 * a string (docs/decisions/0002-dependencies.md); the tests have one check what is signed here.
 * On failure: a destroyed secret throws; the service refuses what is signed wrongly.
 */
import { createHash, createHmac } from 'node:crypto'
import type { Secret } from './secret.ts'

const algorithm = 'AWS4-HMAC-SHA256'

export type AwsCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  /** Of temporary credentials. */
  readonly sessionToken: Secret | undefined
}

/**
 * The value of `authorization` after the scheme, which is `AWS4-HMAC-SHA256 `, without spaces. All given headers are signed;
 * `host` and `x-amz-date` (as `awsDate` writes it) must be among them, in lower case, as they go on the wire.
 */
export function awsSignature(options: {
  readonly credentials: Omit<AwsCredentials, 'sessionToken'>
  readonly region: string
  readonly service: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}): string {
  const { credentials, region, service, headers } = options
  const names = Object.keys(headers).toSorted()
  const signedHeaders = names.join(';')
  const date = headers['x-amz-date'] ?? ''
  const request = [
    options.method,
    options.path,
    '',
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    signedHeaders,
    sha256Hex(options.body),
  ].join('\n')
  const day = date.slice(0, 8)
  const scope = [day, region, service, 'aws4_request'].join('/')
  const key = signingKey(credentials.secretAccessKey, [day, region, service, 'aws4_request'])
  const signature = createHmac('sha256', key)
    .update([algorithm, date, scope, sha256Hex(request)].join('\n'))
    .digest('hex')
  key.fill(0)
  return `Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${signedHeaders},Signature=${signature}`
}

/** The moment in the basic form of ISO 8601, as `x-amz-date` has it. */
export function awsDate(nowMs: number): string {
  return new Date(nowMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
}

function signingKey(secret: Secret, parts: readonly string[]): Buffer {
  let key = secret.use((bytes) => Buffer.concat([Buffer.from('AWS4'), bytes]))
  for (const part of parts) {
    const next = createHmac('sha256', key).update(part).digest()
    key.fill(0)
    key = next
  }
  return key
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
