/**
 * Threat: a request is read in another way here than by what is in front of us (a proxy, a framework), or costs more to read
 * than to send.
 * Rule: each of the three headers stands there exactly once, as one text, in its one spelling: an id without a dot, whole
 * seconds without sign, space or leading zero, signatures with one space between. Lengths are looked at first. A signature
 * of a version that is not known is passed over, because a sender may add one; all that are known must be well-formed.
 * On failure: header_missing or header_invalid; no signature is computed.
 */
import { decodeBase64 } from './decode-base64.ts'
import { WebhookVerificationError } from './webhook-verification-error.ts'

/**
 * As a framework has them: `Headers`, `IncomingHttpHeaders` of Node, a plain object or pairs. Names in any case.
 */
export type WebhookHeaders =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>

export type SignedHeaders = {
  readonly id: string
  /** As it is signed. */
  readonly timestamp: string
  readonly signatures: readonly { readonly version: 'v1' | 'v1a'; readonly bytes: Buffer }[]
}

const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
type Name = (typeof names)[number]

/** 16 signatures of `v1a` and as many of `v1` are 2,255 characters; more keys than that are never in use at once. */
const maxSignatureCharacters = 2255
const maxSignatures = 32
const idPattern = /^[A-Za-z0-9_-]{1,100}$/
/** Twelve digits are enough for 29,000 years. */
const timestampPattern = /^(?:0|[1-9]\d{0,11})$/
const signatureBytes = { v1: 32, v1a: 64 } as const

export function readSignedHeaders(headers: WebhookHeaders): SignedHeaders {
  const found = pick(headers)
  const id = found['webhook-id']
  if (!idPattern.test(id)) throw invalid('webhook-id', 'is no id of an event')
  const timestamp = found['webhook-timestamp']
  if (!timestampPattern.test(timestamp)) throw invalid('webhook-timestamp', 'is no whole number of seconds')
  return { id, timestamp, signatures: readSignatures(found['webhook-signature']) }
}

function pick(headers: WebhookHeaders): Readonly<Record<Name, string>> {
  const found = new Map<string, string>()
  for (const [rawName, value] of pairsOf(headers)) {
    const name = rawName.toLowerCase()
    if (!names.some((known) => known === name) || value === undefined) continue
    if (typeof value !== 'string') throw invalid(name, 'is no single text')
    if (found.has(name)) throw invalid(name, 'stands there more than once')
    if (value.length > maxSignatureCharacters) throw invalid(name, 'is too long')
    found.set(name, value)
  }
  const get = (name: Name): string => {
    const value = found.get(name)
    if (value === undefined || value === '') throw new WebhookVerificationError('header_missing', `${name} is missing`)
    return value
  }
  return {
    'webhook-id': get('webhook-id'),
    'webhook-timestamp': get('webhook-timestamp'),
    'webhook-signature': get('webhook-signature'),
  }
}

function pairsOf(headers: WebhookHeaders): Iterable<readonly [string, unknown]> {
  return isIterable(headers) ? headers : Object.entries(headers)
}

function isIterable(headers: WebhookHeaders): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers
}

function readSignatures(text: string): SignedHeaders['signatures'] {
  const parts = text.split(' ', maxSignatures + 1)
  if (parts.length > maxSignatures) throw invalid('webhook-signature', 'has too many signatures')
  return parts.flatMap((part) => {
    const [, version = '', value = ''] = /^(v\d{1,3}[a-z]?),([A-Za-z0-9+/=_-]+)$/.exec(part) ?? []
    if (version === '') throw invalid('webhook-signature', 'is no list of signatures with one space between')
    if (version !== 'v1' && version !== 'v1a') return []
    const bytes = decodeBase64(value)
    if (bytes?.length !== signatureBytes[version])
      throw invalid('webhook-signature', `has a ${version} that is no base64 of ${signatureBytes[version]} bytes`)
    return [{ version, bytes }]
  })
}

function invalid(name: string, why: string): WebhookVerificationError {
  return new WebhookVerificationError('header_invalid', `${name} ${why}`)
}
