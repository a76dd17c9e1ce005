/**
 * Threat: a key that was cut short, mistyped or is of the other kind verifies nothing, or what it should not.
 * Rule: secrets are `whsec_` and 24 to 64 bytes, public keys `whpk_` and 32 bytes, in canonical base64; there is at least one.
 * On failure: options_invalid, before the request is looked at; the message does not repeat the key.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { decodeBase64 } from './decode-base64.ts'
import { WebhookVerificationError } from './webhook-verification-error.ts'

export type WebhookKeys = { readonly secrets: readonly Buffer[]; readonly publicKeys: readonly KeyObject[] }

/** Ours have 32 bytes; the specification of Standard Webhooks allows from 24 to 64. */
const secretBytes = { least: 24, most: 64 } as const
/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410): what stands before its 32 bytes. */
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex')

export function readWebhookKeys(given: {
  secrets: string | readonly string[]
  publicKeys: string | readonly string[]
}): WebhookKeys {
  const secrets = listOf(given.secrets).map(readSecret)
  const publicKeys = listOf(given.publicKeys).map(readPublicKey)
  if (secrets.length + publicKeys.length === 0) throw invalid('give at least one secret or public key')
  return { secrets, publicKeys }
}

function listOf(given: string | readonly string[]): readonly string[] {
  return typeof given === 'string' ? [given] : given
}

function readSecret(text: string): Buffer {
  const bytes = bytesAfter('whsec_', text)
  if (bytes === undefined || bytes.length < secretBytes.least || bytes.length > secretBytes.most)
    throw invalid(`a secret is whsec_ and the base64 of ${secretBytes.least} to ${secretBytes.most} bytes`)
  return bytes
}

function readPublicKey(text: string): KeyObject {
  const bytes = bytesAfter('whpk_', text)
  if (bytes?.length !== 32) throw invalid('a public key is whpk_ and the base64 of 32 bytes')
  return createPublicKey({ key: Buffer.concat([spkiHead, bytes]), format: 'der', type: 'spki' })
}

function bytesAfter(prefix: string, text: string): Buffer | undefined {
  return typeof text === 'string' && text.startsWith(prefix) ? decodeBase64(text.slice(prefix.length)) : undefined
}

function invalid(message: string): WebhookVerificationError {
  return new WebhookVerificationError('options_invalid', message)
}
