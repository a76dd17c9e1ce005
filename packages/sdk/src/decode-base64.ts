/**
 * The bytes of a text in base64 (RFC 4648 section 4), or undefined. Only the one canonical text of some bytes is taken:
 * `Buffer.from` alone passes over what it does not know, and ignores the bits that do not count.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
