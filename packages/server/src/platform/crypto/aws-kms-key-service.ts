/**
 * Key-encryption keys in AWS KMS: Encrypt, Decrypt and ReEncrypt of its JSON protocol (application/x-amz-json-1.1).
 *
 * Threat: as in remote-key-service; and a wrapped key that was moved to another row is opened there.
 * Rule: every call names its key and an EncryptionContext of purpose and of the length-prefixed purpose, key id and context, which
 * KMS authenticates; the KeyId of every answer is compared. A data key that is rewrapped does not leave KMS.
 * On failure: as in remote-key-service.
 */
import { z } from 'zod'
import type { Clock } from '../../kernel/clock.ts'
import { parseJson } from '../../kernel/parse-json.ts'
import { type AwsCredentials, awsDate, awsSignature } from './aws-signature.ts'
import type { KeyService, WrapContext, WrapPurpose } from './key-service.ts'
import { isSameKmsKey, type KmsKey } from './kms-key.ts'
import { askService, boundContext, readDataKey } from './remote-key-service.ts'
import { Secret } from './secret.ts'
import type { CallService } from './service-call.ts'
import { keyUnreachable, notUnwrapped } from './service-failures.ts'

export type AwsKmsAccess = {
  readonly region: string
  /** As it stands in the URL: with the port where it is not the usual one. It is signed. */
  readonly host: string
  readonly credentials: AwsCredentials
  readonly call: CallService
  readonly clock: Clock
}

const base64 = z.base64().min(4)
const encrypted = z.object({ CiphertextBlob: base64, KeyId: z.string() })
const decrypted = z.object({ Plaintext: base64, KeyId: z.string() })
const reEncrypted = encrypted.extend({ SourceKeyId: z.string() })
const failure = z.object({ __type: z.string() }).transform(({ __type: type }) => type)

/** KMS takes no longer ones, and answers empty ones as a mistake of the caller. */
const maxCiphertextBytes = 6144

/** What KMS says of a ciphertext that is altered, of another key, or of another context. */
const unreadable = new Set(['InvalidCiphertextException', 'IncorrectKeyException'])

/** The first key wraps; all of them unwrap. */
export function awsKmsKeyService<Purpose extends WrapPurpose>(
  purpose: Purpose,
  keys: readonly KmsKey[],
  access: AwsKmsAccess,
): KeyService<Purpose> {
  const find = (id: string): KmsKey => {
    const key = keys.find((one) => one.id === id)
    if (key === undefined) throw keyUnreachable(id, 'it is none of HYPONEMA_KMS_KEYS')
    return key
  }
  const newest = (): KmsKey => {
    const [key] = keys
    if (key === undefined) throw keyUnreachable(`for ${purpose}`, 'HYPONEMA_KMS_KEYS names none')
    return key
  }
  const bind = (key: KmsKey, context: WrapContext) => ({
    'hyponema-purpose': purpose,
    'hyponema-context': boundContext(purpose, key.id, context),
  })
  return {
    purpose,
    wrap: async (dataKey, context) => {
      const key = newest()
      const answer = await ask(access, key, 'Encrypt', encrypted, {
        KeyId: key.name,
        EncryptionContext: bind(key, context),
        Plaintext: dataKey.use((bytes) => bytes.toString('base64')),
      })
      if (!isSameKmsKey(key, answer.KeyId)) throw keyUnreachable(key.id, 'KMS encrypted under another key')
      return { keyId: key.id, bytes: Buffer.from(answer.CiphertextBlob, 'base64') }
    },
    unwrap: async (wrapped, context) => {
      const key = find(wrapped.keyId)
      const answer = await ask(access, key, 'Decrypt', decrypted, {
        KeyId: key.name,
        EncryptionContext: bind(key, context),
        CiphertextBlob: ciphertext(key, wrapped.bytes),
      })
      if (!isSameKmsKey(key, answer.KeyId)) throw notUnwrapped(key.id, 'KMS decrypted with another key')
      return readDataKey(key.id, answer.Plaintext)
    },
    rewrap: async (wrapped, context) => {
      const key = find(wrapped.keyId)
      const next = newest()
      const answer = await ask(access, key, 'ReEncrypt', reEncrypted, {
        SourceKeyId: key.name,
        SourceEncryptionContext: bind(key, context),
        CiphertextBlob: ciphertext(key, wrapped.bytes),
        DestinationKeyId: next.name,
        DestinationEncryptionContext: bind(next, context),
      })
      if (!isSameKmsKey(key, answer.SourceKeyId)) throw notUnwrapped(key.id, 'KMS decrypted with another key')
      if (!isSameKmsKey(next, answer.KeyId)) throw keyUnreachable(next.id, 'KMS encrypted under another key')
      return { keyId: next.id, bytes: Buffer.from(answer.CiphertextBlob, 'base64') }
    },
  }
}

function ciphertext(key: KmsKey, bytes: Buffer): string {
  if (bytes.length === 0 || bytes.length > maxCiphertextBytes) throw notUnwrapped(key.id, 'its length is none of KMS')
  return bytes.toString('base64')
}

async function ask<Answer extends z.ZodType>(
  access: AwsKmsAccess,
  key: KmsKey,
  operation: 'Encrypt' | 'Decrypt' | 'ReEncrypt',
  schema: Answer,
  parameters: Readonly<Record<string, unknown>>,
): Promise<z.infer<Answer>> {
  const { accessKeyId, secretAccessKey, sessionToken } = access.credentials
  const body = JSON.stringify(parameters)
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-date': awsDate(access.clock.nowMs()),
    'x-amz-target': `TrentService.${operation}`,
    ...(sessionToken === undefined
      ? {}
      : { 'x-amz-security-token': sessionToken.use((bytes) => bytes.toString('latin1')) }),
  }
  const signature = awsSignature({
    credentials: { accessKeyId, secretAccessKey },
    region: access.region,
    service: 'kms',
    method: 'POST',
    path: '/',
    headers: { ...headers, host: access.host },
    body,
  })
  const { status, body: text } = await askService(access.call, key.id, {
    method: 'POST',
    path: '/',
    headers,
    body,
    secretHeader: {
      name: 'authorization',
      prefix: 'AWS4-HMAC-SHA256 ',
      secret: new Secret(Buffer.from(signature, 'latin1')),
    },
  })
  const answer = schema.safeParse(status === 200 ? parseJson(text) : undefined)
  if (answer.success) return answer.data
  const type = typeOf(text)
  if (operation !== 'Encrypt' && status === 400 && type !== undefined && unreadable.has(type))
    throw notUnwrapped(key.id, `KMS says ${type}`)
  throw keyUnreachable(key.id, `KMS answered ${operation} with ${status}${type === undefined ? '' : ` ${type}`}`)
}

/** The kind of a refusal, which some of its servers write behind a namespace. Never its message: that may say anything. */
function typeOf(text: string): string | undefined {
  const parsed = failure.safeParse(parseJson(text))
  const type = parsed.success ? parsed.data.split('#').at(-1) : undefined
  return type !== undefined && /^[A-Za-z]{1,60}$/.test(type) ? type : undefined
}
