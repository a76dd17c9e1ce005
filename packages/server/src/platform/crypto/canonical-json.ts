import canonicalize from 'canonicalize'

/**
 * Canonical JSON (RFC 8785): the same value gives the same text. Throws on numbers that are not finite, big integers,
 * lone surrogates and cycles; members that are undefined or functions are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('canonicalJson: undefined has no JSON form')
  return text
}
