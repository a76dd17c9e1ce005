/**
 * Threat: somebody learns a signature byte by byte from how long a comparison takes, or has one version taken for another.
 * Rule: `v1` is compared with every secret and `v1a` checked with every public key, all of them whatever came before, over
 * the very bytes that were received.
 * On failure: false.
 */
import { createHmac, timingSafeEqual, verify } from 'node:crypto'
import type { SignedHeaders } from './read-signed-headers.ts'
import type { WebhookKeys } from './read-webhook-keys.ts'

/** Whether one of the signatures is of one of the keys. */
export function hasSignature(headers: SignedHeaders, body: Uint8Array, keys: WebhookKeys): boolean {
  const content = Buffer.concat([Buffer.from(`${headers.id}.${headers.timestamp}.`, 'ascii'), body])
  const expected = keys.secrets.map((secret) => createHmac('sha256', secret).update(content).digest())
  let matches = 0
  for (const { version, bytes } of headers.signatures) {
    if (version === 'v1') for (const hash of expected) matches += Number(timingSafeEqual(hash, bytes))
    else for (const key of keys.publicKeys) matches += Number(verify(null, content, key, bytes))
  }
  return matches > 0
}
