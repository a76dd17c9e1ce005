import canonicalize from 'canonicalize'

/** Canonical JSON (RFC 8785): the same value gives the same text. Throws on what JSON cannot hold. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('canonicalJson: undefined has no JSON form')
  return text
}
