/**
 * The bytes that a policy's SHA-256 is taken of (encode them as UTF-8): canonical JSON, keys in order of UTF-16 units.
 * A policy holds strings, booleans, numbers, lists and records only; for these RFC 8785 asks no more than this.
 */
export function canonicalPolicyText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalPolicyText).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalPolicyText(member)}`).join(',')}}`
  }
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  throw new TypeError(`expected a policy value, found ${typeof value}`)
}
